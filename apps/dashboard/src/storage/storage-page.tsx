import type { AppView } from '@amphi/protocol';
import { useQuery } from '@tanstack/react-query';
import { settingsQuery } from '../api/templates.ts';
import { AppPart } from '../roles/app-part.tsx';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { StorageCard } from './storage-card.tsx';

/** Where recordings of an app are brought to. */
export function StoragePage() {
  return (
    <AppPart
      title="Storage of recordings"
      description="Where recordings of this app are brought to once they are finished."
    >
      {({ app }) => <Storage app={app} />}
    </AppPart>
  );
}

function Storage({ app: { id, templateId } }: { app: Pick<AppView, 'id' | 'templateId'> }) {
  const { data: settings, error, refetch } = useQuery(settingsQuery(templateId));
  if (settings !== undefined)
    return <StorageCard appId={id} templateId={templateId} upload={settings.recording?.upload} />;
  if (error === null) return <Loading what="the storage" />;
  return <LoadFailed what="the storage" error={error} onRetry={() => void refetch()} />;
}
