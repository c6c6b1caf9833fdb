import type { DestinationBody } from '@amphi/protocol';
import { Field, Select, Switch } from '@amphi/ui';

/** What viewers can go back to, who can play at all, and whether there is a picture for those who hold their phone upright. */
export function PlaybackFields({
  draft,
  change,
}: {
  draft: DestinationBody;
  change: (part: Partial<DestinationBody>) => void;
}) {
  const reach = reachOf(draft);
  return (
    <div className="grid items-start gap-x-8 gap-y-5 lg:grid-cols-2">
      <Field
        label="Viewers can go back"
        hint="What is kept for it takes room on the server's disk while the stream runs."
      >
        <Select
          value={reach}
          options={reachOptions(reach)}
          onValueChange={(chosen) => change(playlistFor(chosen))}
          data-testid="destination-reach"
        />
      </Field>
      <Switch
        label="Signed addresses"
        hint={
          draft.signedPlayback
            ? 'On: a stream plays by the address that the room and the API give, until the show is over.'
            : 'Off: a stream plays for everyone who knows its id.'
        }
        checked={draft.signedPlayback}
        onCheckedChange={(signedPlayback) => change({ signedPlayback })}
        data-testid="destination-signed"
      />
      <Switch
        label={isUpright(draft) ? 'Also a wide picture' : 'Also an upright picture, for phones'}
        hint={
          draft.alternate === null
            ? 'Off: everyone has the same picture.'
            : 'On: the stage is drawn a second time, and viewers get the picture that fits their screen. It takes more of the server: what is drawn twice is encoded twice.'
        }
        checked={draft.alternate !== null}
        onCheckedChange={(isWanted) => change({ alternate: isWanted ? (isUpright(draft) ? '16:9' : '9:16') : null })}
        data-testid="destination-alternate"
      />
      <Switch
        label="Also in AV1 and Opus"
        hint={
          draft.av1
            ? 'On: browsers that know these codecs get the stream with less data. It takes more of the server: each picture is encoded twice.'
            : 'Off: everyone gets H.264 and AAC, which play everywhere.'
        }
        checked={draft.av1}
        onCheckedChange={(isWanted) => change({ av1: isWanted, opus: isWanted })}
        data-testid="destination-av1"
      />
    </div>
  );
}

function isUpright({ videoAspectRatio }: DestinationBody): boolean {
  return videoAspectRatio === '9:16' || videoAspectRatio === '3:4';
}

/** How far back viewers can go: not at all, to the beginning, or as many seconds. */
type Reach = 'live' | 'beginning' | `${number}`;

function reachOf({ playlistType, dvrWindow }: DestinationBody): Reach {
  if (playlistType === 'live') return 'live';
  return dvrWindow === null ? 'beginning' : `${dvrWindow}`;
}

function playlistFor(reach: Reach): Pick<DestinationBody, 'playlistType' | 'dvrWindow'> {
  if (reach === 'live') return { playlistType: 'live', dvrWindow: null };
  return { playlistType: 'event', dvrWindow: reach === 'beginning' ? null : Number(reach) };
}

const WINDOWS = [600, 1_800, 3_600, 7_200];

/** A back end may have chosen another length than those that are offered. */
function reachOptions(reach: Reach): readonly { readonly value: Reach; readonly label: string }[] {
  const seconds = Number(reach);
  const windows =
    Number.isNaN(seconds) || WINDOWS.includes(seconds) ? WINDOWS : [...WINDOWS, seconds].sort((a, b) => a - b);
  return [
    { value: 'live', label: 'Not at all: always live' },
    ...windows.map((window) => ({ value: `${window}` as const, label: `For ${lengthText(window)}` })),
    { value: 'beginning', label: 'To the beginning' },
  ];
}

function lengthText(seconds: number): string {
  if (seconds % 3_600 === 0) return seconds === 3_600 ? 'an hour' : `${seconds / 3_600} hours`;
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}
