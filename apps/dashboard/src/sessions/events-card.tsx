import { Card, classNames } from '@amphi/ui';
import { listSessionEvents, type Session } from '../api/rest.ts';
import { PagedList } from '../shell/paged-list.tsx';
import { clockText } from '../shell/times.ts';
import { usePages } from '../shell/use-pages.ts';
import { isFailure, wordsOf } from './event-words.ts';

const REFRESH_MS = 5_000;

/** What happened in a session, newest first, as much as one wants to read of it. */
export function EventsCard({ session }: { session: Session }) {
  const { id, active, peers } = session;
  const pages = usePages(
    ['sessions', 'events', id],
    (start, signal) => listSessionEvents(id, start, signal),
    active ? { refetchInterval: REFRESH_MS } : {},
  );
  const nameOf = (peerId: string) => peers[peerId]?.name;
  return (
    <Card title="What happened" data-testid="session-happened">
      <PagedList what="the events" pages={pages} empty={<NothingKept />}>
        {(events) => (
          <ol className="flex flex-col gap-2 text-[0.9375rem]" data-testid="session-events">
            {events.map((event) => (
              <li key={event.id} className="grid grid-cols-[6rem_minmax(0,1fr)] gap-3" data-event={event.type}>
                <time dateTime={event.timestamp} className="text-ink-faint tabular-nums">
                  {clockText(event.timestamp)}
                </time>
                <bdi className={classNames('break-words', isFailure(event) && 'font-medium text-danger')}>
                  {wordsOf(event, nameOf)}
                </bdi>
              </li>
            ))}
          </ol>
        )}
      </PagedList>
    </Card>
  );
}

function NothingKept() {
  return (
    <p className="text-ink-soft" data-testid="session-events-none">
      No events are kept of this session. They are there while it runs and for 30 days after; who was there stays above.
    </p>
  );
}
