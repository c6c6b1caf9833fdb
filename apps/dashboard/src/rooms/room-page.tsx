import { AmphiMark, Badge, Card, ConfirmDialog, EmptyState, Switch } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { appsQuery } from '../api/queries.ts';
import { RequestFailure } from '../api/request.ts';
import { changeRoom, listSessions, type Room, roomQuery } from '../api/rest.ts';
import { CopyableId } from '../app-page/copyable-id.tsx';
import { SessionRows } from '../sessions/session-rows.tsx';
import { BackLink } from '../shell/back-link.tsx';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { Page } from '../shell/page.tsx';
import { PagedList } from '../shell/paged-list.tsx';
import { useFailureToast } from '../shell/use-failure-toast.ts';
import { usePages } from '../shell/use-pages.ts';
import { EncoderCard } from './encoder-card.tsx';
import { JoinLinks } from './join-links.tsx';
import { LiveCard } from './live-card.tsx';
import { StreamCard } from './stream-card.tsx';

/** One room: who is in it now, its stream, its links, its past. */
export function RoomPage() {
  const id = useParams().roomId ?? '';
  const { data: room, error, refetch } = useQuery(roomQuery(id));
  if (room !== undefined) return <RoomDetails key={room.id} room={room} />;
  if (error instanceof RequestFailure && error.status === 404) {
    return (
      <Page title="No such room" above={<BackLink to="/rooms">Rooms</BackLink>}>
        <EmptyState
          icon={<AmphiMark className="size-12" />}
          title="This room does not exist"
          description="The link may be mistyped, or the room belongs to another server."
        />
      </Page>
    );
  }
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-6">
      <BackLink to="/rooms">Rooms</BackLink>
      {error === null ? (
        <Loading what="the room" />
      ) : (
        <LoadFailed what="the room" error={error} onRetry={() => void refetch()} />
      )}
    </div>
  );
}

function RoomDetails({ room }: { room: Room }) {
  const { data: apps } = useQuery(appsQuery);
  const app = apps?.find(({ id }) => id === room.app_id);
  const pages = usePages(['sessions', 'list', { room_id: room.id }], (start, signal) =>
    listSessions({ room_id: room.id }, start, signal),
  );
  return (
    <Page
      title={room.name}
      above={<BackLink to="/rooms">Rooms</BackLink>}
      description={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {!room.enabled && <Badge tone="warn">disabled</Badge>}
          {app !== undefined && (
            <Link
              to={`/apps/${app.id}`}
              className="inline-block text-accent underline-offset-3 hover:underline pointer-coarse:min-w-11 pointer-coarse:leading-11"
            >
              {app.name}
            </Link>
          )}
          {room.description !== '' && <span>{room.description}</span>}
        </span>
      }
      actions={<CopyableId name="Room" id={room.id} testId="copy-room-id" />}
    >
      <LiveCard room={room} />
      <StreamCard room={room} />
      <JoinLinks room={room} />
      <EncoderCard room={room} />
      <Card title="Sessions" description="What has been in this room, newest first.">
        <PagedList
          what="the sessions"
          pages={pages}
          empty={
            <EmptyState title="Nobody has been here yet" description="A session begins when the first person joins." />
          }
        >
          {(sessions) => <SessionRows sessions={sessions} namesRoom={false} />}
        </PagedList>
      </Card>
      <Door room={room} />
    </Page>
  );
}

/** Whether anybody may come in. */
function Door({ room }: { room: Room }) {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const failed = useFailureToast();
  const change = useMutation({
    mutationFn: (enabled: boolean) => changeRoom(room.id, { enabled }),
    onSuccess: (answer) => {
      client.setQueryData(roomQuery(room.id).queryKey, answer);
      void client.invalidateQueries({ queryKey: ['rooms', 'list'] });
    },
    onError: failed('The room was not changed'),
  });
  return (
    <Card title="Door">
      <Switch
        label="Enabled"
        hint={room.enabled ? 'Whoever has a link may come in.' : 'Closed: nobody comes in, whatever link they have.'}
        checked={room.enabled}
        disabled={change.isPending}
        onCheckedChange={(enabled) => {
          if (enabled) change.mutate(true);
          else setAsking(true);
        }}
        data-testid="room-enabled"
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Close the room?"
        description="The session in it ends, with its stream, and nobody comes in until you open it again."
        confirmLabel="Close the room"
        onConfirm={() => change.mutate(false)}
      />
    </Card>
  );
}
