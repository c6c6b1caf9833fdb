import { Badge, Button, Card, ConfirmDialog, EmptyState, Spinner } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Clapperboard, Pause, Play, Radio, Square } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import {
  activePeersQuery,
  type Ladder,
  pauseStreamRecording,
  type Room,
  type Stream,
  startStream,
  stopStream,
  streamsQuery,
} from '../api/rest.ts';
import { useFailureToast } from '../shell/use-failure-toast.ts';

/** With the player comes hls.js: only who looks at a stream loads it. */
const StreamPreview = lazy(() => import('./stream-preview.tsx'));

/** The stream of the room: on, off, and what its audience sees. */
export function StreamCard({ room }: { room: Room }) {
  const query = streamsQuery({ room_id: room.id });
  const { data: streams } = useQuery(query);
  const { data: peers } = useQuery(activePeersQuery(room.id));
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const failed = useFailureToast();
  const again = () => client.invalidateQueries({ queryKey: query.queryKey });
  const start = useMutation({
    mutationFn: () => startStream(room.id),
    onSuccess: again,
    onError: failed('The stream did not start'),
  });
  const stop = useMutation({
    mutationFn: () => stopStream(room.id),
    onSuccess: again,
    onError: failed('The stream goes on'),
  });
  const stream = streams?.find(({ status }) => status === 'starting' || status === 'running' || status === 'stopping');
  const somebody = (peers?.length ?? 0) > 0;
  return (
    <Card
      title="Live stream"
      actions={
        <span className="flex items-center gap-3">
          {stream !== undefined && (
            <Badge tone="live" solid={stream.status === 'running'} data-testid="stream-status">
              {stream.status === 'running' ? 'Live' : stream.status}
            </Badge>
          )}
          {stream === undefined ? (
            <Button
              size="sm"
              variant="live"
              icon={<Radio />}
              busy={start.isPending}
              disabled={!somebody}
              onClick={() => start.mutate()}
              data-testid="stream-start"
            >
              Start stream
            </Button>
          ) : (
            <Button
              size="sm"
              icon={<Square />}
              busy={stop.isPending || stream.status === 'stopping'}
              onClick={() => setAsking(true)}
              data-testid="stream-stop"
            >
              Stop stream
            </Button>
          )}
        </span>
      }
      data-testid="stream"
    >
      {stream === undefined && (
        <EmptyState
          icon={<Clapperboard />}
          title="Not on air"
          description={
            somebody
              ? 'Start the stream, and everyone with a viewer link sees the stage.'
              : 'A stream needs somebody in the room.'
          }
          className="py-6"
        />
      )}
      {stream?.status === 'running' && (
        <Suspense fallback={<Spinner label="Loading the player…" />}>
          <StreamPreview url={stream.playback.url} streamId={stream.id} />
        </Suspense>
      )}
      {stream?.status === 'running' && isRecorded(stream) && <RecordingRow stream={stream} onChange={again} />}
      {stream?.status === 'starting' && (
        <Spinner label="The first pictures are being made…" className="text-ink-soft" />
      )}
      {stream?.ladder && <LadderLine ladder={stream.ladder} />}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Stop the stream?"
        description="It ends for everyone who watches. People in the room stay there."
        confirmLabel="Stop stream"
        onConfirm={() => stop.mutate()}
      />
    </Card>
  );
}

/** What viewers' players can choose from, and why there is not more. */
function LadderLine({ ladder: { layers, chosen_by: chosenBy, reason } }: { ladder: Ladder }) {
  const full = layers[0]?.frame_rate ?? 0;
  const thinned = layers.filter(({ frame_rate: rate }) => rate < full);
  return (
    <p className="mt-3 text-sm text-ink-soft" data-testid="stream-ladder">
      Renditions: {layers.map(({ width, height }) => `${width} × ${height}`).join(', ')}
      {chosenBy === 'machine' && <> (chosen by this server: {reason})</>}.
      {thinned.length > 0 && (
        <span className="block text-danger" data-testid="stream-thinned">
          This machine is too slow: {thinned.map(({ height }) => `${height}p`).join(', ')} at {thinned[0]?.frame_rate}{' '}
          pictures a second for now.
        </span>
      )}
    </p>
  );
}

function isRecorded({ recording }: Stream): boolean {
  return recording.hls_vod || recording.single_file_per_layer;
}

/** What is kept of the stream, which can be paused while the stream goes on. */
function RecordingRow({ stream, onChange }: { stream: Stream; onChange: () => Promise<void> }) {
  const failed = useFailureToast();
  const isPaused = stream.recording_paused;
  const pause = useMutation({
    mutationFn: () => pauseStreamRecording(stream.id, !isPaused),
    onSuccess: onChange,
    onError: failed(isPaused ? 'The recording stays paused' : 'The recording goes on'),
  });
  return (
    <div
      className="mt-4 flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4"
      data-testid="recording"
    >
      <p role="status" data-testid="recording-state">
        {isPaused ? 'Recording paused: what is shown now is not kept.' : 'Being recorded.'}
      </p>
      <Button
        size="sm"
        icon={isPaused ? <Play /> : <Pause />}
        busy={pause.isPending}
        onClick={() => pause.mutate()}
        data-testid="recording-pause"
      >
        {isPaused ? 'Resume recording' : 'Pause recording'}
      </Button>
    </div>
  );
}
