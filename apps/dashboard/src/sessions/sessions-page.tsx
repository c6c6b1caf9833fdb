import { EmptyState } from '@amphi/ui';
import { History } from 'lucide-react';
import { listSessions } from '../api/rest.ts';
import { Page } from '../shell/page.tsx';
import { PagedList } from '../shell/paged-list.tsx';
import { usePages } from '../shell/use-pages.ts';
import { SessionRows } from './session-rows.tsx';

/** What has been, in all rooms. */
export function SessionsPage() {
  const pages = usePages(['sessions', 'list', {}], (start, signal) => listSessions({}, start, signal), {
    refetchInterval: 10_000,
  });
  return (
    <Page title="Sessions" description="From the first person who joins to the last who leaves; newest first.">
      <PagedList
        what="the sessions"
        pages={pages}
        empty={
          <div className="rounded-card border border-dashed border-line-strong">
            <EmptyState
              icon={<History />}
              title="Nothing has happened yet"
              description="Open a join link of one of your rooms: the session shows up here while it runs, and stays."
              className="py-16"
            />
          </div>
        }
      >
        {(sessions) => (
          <div className="rounded-card border border-line bg-card p-3">
            <SessionRows sessions={sessions} namesRoom />
          </div>
        )}
      </PagedList>
    </Page>
  );
}
