import type { DestinationBody, RoleView } from '@amphi/protocol';
import { Checkbox, Switch } from '@amphi/ui';

type Recording = DestinationBody['recording'];

/** What is kept of a stream, and who is offered it once it is over. */
export function RecordingFields({
  recording,
  roles,
  onChange,
}: {
  recording: Recording;
  roles: readonly RoleView[];
  onChange: (recording: Recording) => void;
}) {
  const change = (part: Partial<Recording>) => onChange({ ...recording, ...part });
  // A role that is gone is none that could be offered anything.
  const offered = roles.filter(({ name }) => recording.viewerRoles.includes(name)).map(({ name }) => name);
  return (
    <div className="grid items-start gap-x-8 gap-y-5 border-t border-line pt-5 lg:grid-cols-2">
      <Switch
        label="Keep the stream"
        hint="As it was, with all its renditions: to be played again here, and by those below."
        checked={recording.hlsVod}
        onCheckedChange={(hlsVod) => change({ hlsVod, viewerRoles: offered })}
        data-testid="destination-vod"
      />
      <Switch
        label="Keep files"
        hint="An MP4 file of each rendition, to be downloaded. It takes as much room once more."
        checked={recording.singleFilePerLayer}
        onCheckedChange={(singleFilePerLayer) => change({ singleFilePerLayer, viewerRoles: offered })}
        data-testid="destination-files"
      />
      {recording.hlsVod && (
        <fieldset className="flex min-w-0 flex-col gap-1 lg:col-span-2" data-testid="destination-viewer-roles">
          <legend className="text-sm font-medium">Who may play it once it is over</legend>
          <p className="text-sm text-ink-faint">
            They find it where the stream was. What you say here holds for streams of before, too.
          </p>
          <ul className="grid gap-x-8 sm:grid-cols-2 lg:grid-cols-3">
            {roles.map(({ name }) => (
              <li key={name} className="min-w-0">
                <Checkbox
                  label={<bdi className="break-words">{name}</bdi>}
                  checked={offered.includes(name)}
                  onCheckedChange={(may) =>
                    change({ viewerRoles: may ? [...offered, name] : offered.filter((other) => other !== name) })
                  }
                  data-testid={`destination-viewer-${name}`}
                />
              </li>
            ))}
          </ul>
          {roles.length === 0 && <p className="text-sm text-ink-faint">This app has no roles.</p>}
        </fieldset>
      )}
    </div>
  );
}
