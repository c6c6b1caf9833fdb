import { useToaster } from '@amphi/ui';
import { adviceFor } from '../api/advice.ts';

/** For what has no place of its own to say that it did not work. */
export function useFailureToast(): (title: string) => (error: unknown) => void {
  const toaster = useToaster();
  return (title) => (error) => {
    toaster.show({ tone: 'danger', title, description: adviceFor(error).message });
  };
}
