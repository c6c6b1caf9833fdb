import { useToaster } from '@amphi/ui';
import { useCallback } from 'react';

/** Does what was asked for; a failure is told with the server's words. */
export function useAttempt(): (failure: string, work: Promise<unknown>) => void {
  const toaster = useToaster();
  return useCallback(
    (failure, work) => {
      work.catch((error: unknown) =>
        toaster.show({
          tone: 'danger',
          title: failure,
          description: error instanceof Error ? error.message : String(error),
        }),
      );
    },
    [toaster],
  );
}
