import type { AppView, Composition, DestinationBody, DestinationChange } from '@amphi/protocol';
import {
  ActiveSpeakerPicture,
  Badge,
  Button,
  Card,
  Field,
  GridPicture,
  InsetPicture,
  RadioCards,
  Select,
  ShapePicture,
  SidebarPicture,
  SinglePicture,
  Switch,
} from '@amphi/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { useState } from 'react';
import { saveDestination } from '../api/platform.ts';
import { appQuery } from '../api/queries.ts';
import { LeaveDialog } from '../shell/leave-dialog.tsx';
import { NotSaved } from '../shell/not-saved.tsx';
import { useLeaveGuard } from '../shell/use-leave-guard.ts';
import { editable, edited } from './destination-draft.ts';
import { LayerList } from './layer-list.tsx';
import { LookFields } from './look-fields.tsx';
import { PlaybackFields } from './playback-fields.tsx';
import { RecordingFields } from './recording-fields.tsx';
import { StagePicture } from './stage-picture.tsx';

type Ratio = Composition['videoAspectRatio'];

/** The HLS destination: whether there is a stream, and how the stage is drawn in it. */
export function DestinationCard({ app }: { app: AppView }) {
  const client = useQueryClient();
  const saved = editable(app.destination);
  // Only what was changed is kept, so that the rest follows the server when the page is refreshed behind the form.
  const [changes, setChanges] = useState<Partial<DestinationBody>>({});
  const draft: DestinationBody = { ...saved, ...changes };
  const edits = edited(saved, draft);
  const unsaved = Object.keys(edits).length > 0;
  const blocker = useLeaveGuard(unsaved);
  const save = useMutation({
    mutationFn: (body: DestinationChange) => saveDestination(app.id, body),
    onSuccess: (answer) => {
      client.setQueryData(appQuery(app.id).queryKey, answer);
      setChanges({});
    },
  });
  const change = (part: Partial<DestinationBody>) => setChanges((was) => ({ ...was, ...part }));

  return (
    <Card
      title="Live stream"
      description="The stage, composed into one picture, for any number of viewers."
      actions={
        <span role="status">
          {unsaved && (
            <Badge tone="warn" data-testid="destination-unsaved">
              Unsaved changes
            </Badge>
          )}
          {!unsaved && save.isSuccess && (
            <Badge tone="ok" icon={<Check />} data-testid="destination-saved">
              Saved
            </Badge>
          )}
        </span>
      }
      data-testid="destination"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (unsaved && !save.isPending) save.mutate(edits);
        }}
        className="flex flex-col gap-6"
      >
        <Switch
          label="HLS destination"
          hint={
            draft.enabled
              ? 'On: whoever may start the stream can go live.'
              : 'Off: nobody can go live. Switch it on to make a stream possible.'
          }
          checked={draft.enabled}
          onCheckedChange={(enabled) => change({ enabled })}
          data-testid="destination-enabled"
          className="rounded-control border border-line bg-raised px-4 py-3"
        />
        <div className="grid gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.15fr)]">
          <div className="flex flex-col gap-5">
            <Field label="Picture">
              <RadioCards
                shape="compact"
                className="sm:grid-cols-2"
                value={draft.videoAspectRatio}
                options={pictureOptions}
                onValueChange={(videoAspectRatio) => change({ videoAspectRatio })}
                data-testid="destination-aspect"
              />
            </Field>
            <Field label="Layout">
              <RadioCards
                shape="compact"
                className="sm:grid-cols-2"
                value={draft.layout}
                options={layoutOptions}
                onValueChange={(layout) => change({ layout })}
                data-testid="destination-layout"
              />
            </Field>
            <Field
              label="Tile size"
              hint={draft.layout === 'grid' ? 'Shape of every tile.' : 'Shape of the small tiles beside the speaker.'}
            >
              <Select
                value={draft.tileAspectRatio}
                options={tileOptions}
                onValueChange={(tileAspectRatio) => change({ tileAspectRatio })}
                data-testid="destination-tile"
              />
            </Field>
            <LayerList
              layers={app.destination.layers}
              reason={app.destination.layersReason}
              turning={draft.videoAspectRatio !== saved.videoAspectRatio}
            />
          </div>
          <StagePicture composition={draft} dimmed={!draft.enabled} />
        </div>
        <LookFields draft={draft} change={change} />
        <PlaybackFields draft={draft} change={change} />
        <RecordingFields
          recording={draft.recording}
          roles={app.roles}
          onChange={(recording) => change({ recording })}
        />
        <p className="text-sm text-ink-faint">
          A stream that runs follows when you save, but for the shape of its picture, how far back it goes, its address
          and what is kept of it: those are for the next one.
        </p>
        {save.error !== null && <NotSaved error={save.error} testId="destination-error" />}
        <div className="flex flex-col-reverse gap-2 border-t border-line pt-5 sm:flex-row sm:justify-end">
          <Button
            variant="quiet"
            disabled={!unsaved || save.isPending}
            onClick={() => {
              setChanges({});
              save.reset();
            }}
            data-testid="destination-discard"
          >
            Discard changes
          </Button>
          <Button
            type="submit"
            variant="primary"
            disabled={!unsaved}
            busy={save.isPending}
            data-testid="destination-save"
          >
            Save changes
          </Button>
        </div>
      </form>
      <LeaveDialog blocker={blocker} what="the live stream" />
    </Card>
  );
}

const layoutOptions = [
  { value: 'grid', title: 'Grid', picture: <GridPicture />, testId: 'destination-layout-grid' },
  {
    value: 'active_speaker',
    title: 'Active speaker',
    picture: <ActiveSpeakerPicture />,
    testId: 'destination-layout-active_speaker',
  },
  { value: 'sidebar', title: 'Sidebar', picture: <SidebarPicture />, testId: 'destination-layout-sidebar' },
  {
    value: 'picture_in_picture',
    title: 'Picture in picture',
    picture: <InsetPicture />,
    testId: 'destination-layout-picture_in_picture',
  },
  { value: 'single', title: 'Single', picture: <SinglePicture />, testId: 'destination-layout-single' },
] as const;

const wide = {
  value: '16:9',
  title: 'Wide 16:9',
  picture: <ShapePicture shape="16:9" />,
  testId: 'destination-aspect-16:9',
} as const;
const upright = {
  value: '9:16',
  title: 'Upright 9:16',
  picture: <ShapePicture shape="9:16" />,
  testId: 'destination-aspect-9:16',
} as const;

const pictureOptions = [
  wide,
  upright,
  { value: '4:3', title: 'Classic 4:3', testId: 'destination-aspect-4:3' },
  { value: '1:1', title: 'Square 1:1', testId: 'destination-aspect-1:1' },
  { value: '3:4', title: 'Portrait 3:4', testId: 'destination-aspect-3:4' },
] as const;

const tileOptions: readonly { readonly value: Ratio; readonly label: string }[] = [
  { value: '16:9', label: 'Wide (16:9)' },
  { value: '4:3', label: 'Classic (4:3)' },
  { value: '1:1', label: 'Square (1:1)' },
  { value: '3:4', label: 'Portrait (3:4)' },
  { value: '9:16', label: 'Phone (9:16)' },
];
