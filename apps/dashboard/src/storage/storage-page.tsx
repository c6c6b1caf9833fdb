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
      {({ app }) => <Storage templateId={app.templateId} />}
    </AppPart>
  );
}

function Storage({ templateId }: { templateId: string }) {
  const { data: settings, error, refetch } = useQuery(settingsQuery(templateId));
  if (settings !== undefined) return <StorageCard templateId={templateId} upload={settings.recording?.upload} />;
  if (error === null) return <Loading what="the storage" />;
  return <LoadFailed what="the storage" error={error} onRetry={() => void refetch()} />;
}
