import { ErrorNotice } from '@amphi/ui';
import { useRouteError } from 'react-router';
import { adviceFor } from '../api/advice.ts';

/** In place of a page that broke while rendering. */
export function PageFault() {
  const error = useRouteError();
  return (
    <div className="mx-auto w-full max-w-2xl p-4">
      <ErrorNotice
        title="This page broke"
        message={adviceFor(error).message}
        onRetry={() => window.location.reload()}
        retryLabel="Reload"
      />
    </div>
  );
}
