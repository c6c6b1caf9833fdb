import { Badge } from '@amphi/ui';
import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { Link } from 'react-router';
import { roomQuery, type Session } from '../api/rest.ts';
import { peopleText } from '../rooms/rooms-page.tsx';
import { dateTimeText, durationText } from '../shell/times.ts';

/** Sessions as rows that lead to their pages. */
export function SessionRows({ sessions, namesRoom }: { sessions: readonly Session[]; namesRoom: boolean }) {
  return (
    <ul className="flex flex-col divide-y divide-line" data-testid="sessions">
      {sessions.map((session) => (
        <li key={session.id}>
          <Link
            to={`/sessions/${session.id}`}
            className="flex min-h-14 items-center gap-4 rounded-control px-2 py-2 -outline-offset-2 hover:bg-sunken"
            data-testid="session-link"
          >
            <span className="flex min-w-0 flex-1 flex-col gap-0.5">
              <span className="flex flex-wrap items-center gap-2 font-medium">
                {namesRoom ? <RoomName id={session.room_id} /> : dateTimeText(session.created_at)}
                {session.active && (
                  <Badge tone="live" solid>
                    now
                  </Badge>
                )}
              </span>
              <span className="text-sm text-ink-faint">
                {namesRoom && `${dateTimeText(session.created_at)} · `}
                {!session.active && `${durationText(lengthOf(session))} · `}
                {peopleText(Object.keys(session.peers).length)}
              </span>
            </span>
            <ChevronRight className="size-5 shrink-0 text-ink-faint" aria-hidden="true" />
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function RoomName({ id }: { id: string }) {
  const { data } = useQuery(roomQuery(id));
  return <bdi className="min-w-0 break-words">{data?.name ?? '…'}</bdi>;
}

/** Milliseconds from begin to end. */
function lengthOf({ created_at, updated_at }: Session): number {
  return Date.parse(updated_at) - Date.parse(created_at);
}
