import { ClientError } from '@amphi/client';
import { useFailureToast } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** Sees to it that a share which could not begin is told. */
export function useShareAttempt(): (begun: Promise<unknown>) => void {
  const { failed } = useWords();
  const tell = useFailureToast();
  return (begun) => {
    begun.catch((error: unknown) => {
      // Whoever closes the picker knows.
      if (error instanceof ClientError && error.code === 'capture_cancelled') return;
      tell(failed.shareScreen, error);
    });
  };
}
