import { kitId } from '@amphi/protocol';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { kitsQuery } from '../api/queries.ts';
import { BackLink } from '../shell/back-link.tsx';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { NotFoundPage } from '../shell/not-found-page.tsx';
import { Page } from '../shell/page.tsx';
import { CreateAppForm } from './create-app-form.tsx';
import { kitTitle } from './kits.tsx';

/** Second step of creating an app: its name and where it lives. */
export function CreateAppPage() {
  const kit = kitId.safeParse(useParams().kit);
  const { data: kits, error, refetch } = useQuery(kitsQuery);
  if (!kit.success || (kits !== undefined && !kits.some(({ id }) => id === kit.data))) return <NotFoundPage />;
  return (
    <Page
      narrow
      title={`New ${kitTitle(kit.data)} app`}
      above={<BackLink to="/apps/new">Starter kits</BackLink>}
      description={kits?.find(({ id }) => id === kit.data)?.description}
    >
      {kits === undefined && error === null && <Loading what="the starter kit" />}
      {kits === undefined && error !== null && (
        <LoadFailed what="the starter kit" error={error} onRetry={() => void refetch()} />
      )}
      {kits !== undefined && <CreateAppForm key={kit.data} kit={kit.data} />}
    </Page>
  );
}
