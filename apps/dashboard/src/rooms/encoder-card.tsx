import { Button, Card, ConfirmDialog, CopyButton, EmptyState, IconButton } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Eye, EyeOff, KeyRound, RadioTower } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { disableStreamKey, makeStreamKey, type Room, type StreamKey, streamKeyQuery } from '../api/rest.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { useFailureToast } from '../shell/use-failure-toast.ts';

/** Where a streaming program sends, and by which key. */
export function EncoderCard({ room }: { room: Room }) {
  const query = streamKeyQuery(room.id);
  const { data: key, error, refetch } = useQuery({ ...query, enabled: room.enabled });
  const client = useQueryClient();
  const failed = useFailureToast();
  const make = useMutation({
    mutationFn: () => makeStreamKey(room.id),
    onSuccess: () => client.invalidateQueries({ queryKey: query.queryKey }),
    onError: failed('No key was made'),
  });
  if (!room.enabled) return null;
  return (
    <Card
      title="Streaming program"
      description="A program or device that speaks RTMP or WHIP sends into this room, and the live stream starts by itself."
      data-testid="encoder"
    >
      {key === undefined && error === null && <Loading what="the stream key" />}
      {key === undefined && error !== null && (
        <LoadFailed what="the stream key" error={error} onRetry={() => void refetch()} />
      )}
      {key === null && (
        <EmptyState
          icon={<RadioTower />}
          title="No stream key yet"
          description="Whoever has the key sends as broadcaster."
          action={
            <Button
              variant="primary"
              icon={<KeyRound />}
              busy={make.isPending}
              onClick={() => make.mutate()}
              data-testid="make-stream-key"
            >
              Make a stream key
            </Button>
          }
        />
      )}
      {key && <KeyDetails key={key.id} roomId={room.id} streamKey={key} />}
    </Card>
  );
}

function KeyDetails({ roomId, streamKey }: { roomId: string; streamKey: StreamKey }) {
  const [shown, setShown] = useState(false);
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const failed = useFailureToast();
  const disable = useMutation({
    mutationFn: () => disableStreamKey(roomId),
    onSuccess: () => client.invalidateQueries({ queryKey: streamKeyQuery(roomId).queryKey }),
    onError: failed('The key is still on'),
  });
  return (
    <div className="flex flex-col gap-3">
      <dl className="flex flex-col gap-2">
        {streamKey.url !== streamKey.whip_url && (
          <Line name="RTMP">
            <code className="font-mono text-sm break-all" data-testid="rtmp-url">
              {streamKey.url}
            </code>
            <CopyButton value={streamKey.url} what="address for RTMP" variant="quiet" />
          </Line>
        )}
        <Line name="WHIP">
          <code className="font-mono text-sm break-all" data-testid="whip-url">
            {streamKey.whip_url}
          </code>
          <CopyButton value={streamKey.whip_url} what="address for WHIP" variant="quiet" />
        </Line>
        <Line name="Key">
          <code className="font-mono text-sm break-all" data-testid="stream-key">
            {shown ? streamKey.key : '•'.repeat(16)}
          </code>
          <IconButton
            label="Stream key"
            pressed={shown}
            icon={shown ? <EyeOff /> : <Eye />}
            onClick={() => setShown(!shown)}
            data-testid="show-stream-key"
          />
          <CopyButton value={streamKey.key} what="stream key" variant="quiet" data-testid="copy-stream-key" />
        </Line>
      </dl>
      <Button
        size="sm"
        className="self-start"
        busy={disable.isPending}
        onClick={() => setAsking(true)}
        data-testid="disable-stream-key"
      >
        Switch the key off
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Switch the key off?"
        description="A program that sends with it is put out at once, and the key never works again. You can make another."
        confirmLabel="Switch off"
        onConfirm={() => disable.mutate()}
      />
    </div>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-x-2">
      <dt className="w-20 shrink-0 text-sm text-ink-faint">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1">{children}</dd>
    </div>
  );
}
