import { levelOf } from '@amphi/protocol';
import {
  Avatar,
  Badge,
  Button,
  Card,
  Checkbox,
  ConfirmDialog,
  EmptyState,
  IconButton,
  LevelBadge,
  Menu,
  MenuItem,
  MenuRadioGroup,
  MenuSeparator,
} from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { EllipsisVertical, Power, Users, UserX } from 'lucide-react';
import { useState } from 'react';
import {
  activePeersQuery,
  changePeerRole,
  endRoom,
  type Room,
  removePeer,
  roomQuery,
  type SessionPeer,
} from '../api/rest.ts';
import { templateQuery } from '../api/templates.ts';
import { isOwn } from '../roles/words.tsx';
import { LoadFailed } from '../shell/load-state.tsx';
import { clockText } from '../shell/times.ts';
import { useFailureToast } from '../shell/use-failure-toast.ts';
import { peopleText } from './rooms-page.tsx';

/** Who is in the room, and what can be done about it. */
export function LiveCard({ room }: { room: Room }) {
  const { data: peers, error, refetch } = useQuery(activePeersQuery(room.id));
  const count = peers?.length ?? 0;
  return (
    <Card
      title="In the room now"
      actions={
        count > 0 ? (
          <span className="flex items-center gap-3">
            <Badge tone="live" solid data-testid="people-count">
              {peopleText(count)}
            </Badge>
            <EndRoom room={room} />
          </span>
        ) : undefined
      }
      data-testid="live"
    >
      {error !== null && <LoadFailed what="who is in the room" error={error} onRetry={() => void refetch()} />}
      {count === 0 && error === null && (
        <EmptyState
          icon={<Users />}
          title="Nobody is here"
          description={
            room.enabled ? 'Open one of the links below to be the first.' : 'The room is closed: open its door below.'
          }
          className="py-6"
        />
      )}
      {count > 0 && (
        <ul className="flex flex-col divide-y divide-line">
          {peers?.map((peer) => (
            <PeerRow key={peer.id} room={room} peer={peer} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function PeerRow({ room, peer }: { room: Room; peer: SessionPeer }) {
  const { data: template } = useQuery(templateQuery(room.template_id));
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const failed = useFailureToast();
  const again = () => client.invalidateQueries({ queryKey: activePeersQuery(room.id).queryKey });
  const change = useMutation({
    mutationFn: (role: string) => changePeerRole(room.id, peer.id, role),
    onSuccess: again,
    onError: failed(`${peer.name} keeps the role`),
  });
  const remove = useMutation({
    mutationFn: () => removePeer(room.id, peer.id),
    onSuccess: again,
    onError: failed(`${peer.name} was not removed`),
  });
  const role = template?.roles[peer.role];
  const roles = Object.keys(template?.roles ?? {}).filter(isOwn);
  return (
    <li className="flex items-center gap-3 py-2.5 first:pt-0 last:pb-0" data-testid="live-peer">
      <Avatar name={peer.name} />
      <div className="flex min-w-0 flex-1 flex-col">
        <span className="truncate font-medium">
          <bdi>{peer.name}</bdi>
        </span>
        <span className="text-sm break-words text-ink-faint">
          {peer.role} · since {clockText(peer.joined_at)}
        </span>
      </div>
      {role !== undefined && <LevelBadge level={levelOf(role)} className="max-sm:hidden" />}
      <Menu
        trigger={
          <IconButton
            label={`What to do with ${peer.name}`}
            tooltip={false}
            icon={<EllipsisVertical />}
            data-testid="peer-menu"
          />
        }
      >
        <MenuRadioGroup
          label="Role"
          value={peer.role}
          options={roles.map((name) => ({ value: name, label: name }))}
          onValueChange={(name) => change.mutate(name)}
        />
        <MenuSeparator />
        <MenuItem danger icon={<UserX />} onSelect={() => setAsking(true)} data-testid="peer-remove">
          Remove from the room
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Remove ${peer.name}?`}
        description="They leave the session at once. Whoever has a link can enter again: switch the room off to keep people out."
        confirmLabel="Remove"
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}

function EndRoom({ room }: { room: Room }) {
  const [asking, setAsking] = useState(false);
  const [lock, setLock] = useState(false);
  const client = useQueryClient();
  const failed = useFailureToast();
  const end = useMutation({
    mutationFn: () => endRoom(room.id, lock),
    onSuccess: async () => {
      // With the lock the room is closed, too.
      await client.invalidateQueries({ queryKey: roomQuery(room.id).queryKey });
      await client.invalidateQueries({ queryKey: activePeersQuery(room.id).queryKey });
    },
    onError: failed('The session goes on'),
  });
  return (
    <>
      <Button
        size="sm"
        variant="danger"
        icon={<Power />}
        busy={end.isPending}
        onClick={() => setAsking(true)}
        data-testid="end-room"
      >
        End session
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="End the session?"
        description={
          <span className="flex flex-col gap-2">
            <span>Everyone is put out, and a stream that runs ends. This cannot be taken back.</span>
            <Checkbox label="Close the room, too" checked={lock} onCheckedChange={setLock} data-testid="end-lock" />
          </span>
        }
        confirmLabel="End session"
        onConfirm={() => end.mutate()}
      />
    </>
  );
}
