import { ErrorNotice, Skeleton, Spinner } from '@amphi/ui';
import { adviceFor } from '../api/advice.ts';

/** The place of a page's content while it is being loaded. */
export function Loading({ what }: { what: string }) {
  return (
    <div aria-busy="true" className="flex flex-col gap-4">
      <Spinner label={`Loading ${what}…`} className="text-ink-soft" />
      <Skeleton className="h-28 w-full" />
      <Skeleton className="h-28 w-full opacity-60" />
    </div>
  );
}

/** In place of what could not be loaded. */
export function LoadFailed({ what, error, onRetry }: { what: string; error: unknown; onRetry: () => void }) {
  const { message, details } = adviceFor(error);
  return <ErrorNotice title={`Could not load ${what}`} message={message} details={details} onRetry={onRetry} />;
}
