import { EmptyState } from '@amphi/ui';
import { Film } from 'lucide-react';
import { listAssets } from '../api/rest.ts';
import { Page } from '../shell/page.tsx';
import { PagedList } from '../shell/paged-list.tsx';
import { usePages } from '../shell/use-pages.ts';
import { AssetRows } from './asset-rows.tsx';

/** All recorded files. */
export function RecordingsPage() {
  const pages = usePages(['assets', 'list', {}], (start, signal) => listAssets({}, start, signal));
  return (
    <Page title="Recordings" description="Files that were recorded, newest first. A file is here once it is whole.">
      <PagedList
        what="the recordings"
        pages={pages}
        empty={
          <div className="rounded-card border border-dashed border-line-strong">
            <EmptyState
              icon={<Film />}
              title="Nothing was recorded yet"
              description="Whoever may record finds the button in the room; a live stream can be recorded along with it."
              className="py-16"
            />
          </div>
        }
      >
        {(assets) => (
          <div className="rounded-card border border-line bg-card p-3">
            <AssetRows assets={assets} namesRoom />
          </div>
        )}
      </PagedList>
    </Page>
  );
}
