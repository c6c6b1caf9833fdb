import { useToaster } from '@amphi/ui';
import { useCallback } from 'react';
import { errorText } from '../words/error-text.ts';
import { useWords } from '../words/speaking.tsx';

/** Does what was asked for; a failure is told with its reason. */
export function useAttempt(): (failure: string, work: Promise<unknown>) => void {
  const tell = useFailureToast();
  return useCallback(
    (failure, work) => {
      work.catch((error: unknown) => tell(failure, error));
    },
    [tell],
  );
}

/** Tells that something did not work, and why. */
export function useFailureToast(): (failure: string, error: unknown, id?: string) => void {
  const toaster = useToaster();
  const words = useWords();
  return useCallback(
    (failure, error, id) => {
      toaster.show({
        ...(id !== undefined && { id }),
        tone: 'danger',
        title: failure,
        description: errorText(words, error),
      });
    },
    [toaster, words],
  );
}
