import { Button } from '@amphi/ui';
import { MessageScreen } from './message-screen.tsx';

/** A fault while rendering: ours, never the person's. */
export function CrashScreen({ error }: { readonly error: Error }) {
  return (
    <MessageScreen
      title="The page broke"
      testId="crash-screen"
      actions={
        <Button variant="primary" onClick={() => window.location.reload()}>
          Load it again
        </Button>
      }
    >
      It is a fault of ours, not yours: {error.message}
    </MessageScreen>
  );
}
