import { Button } from '@amphi/ui';
import { useWords } from '../words/speaking.tsx';
import { MessageScreen } from './message-screen.tsx';

/** A fault while rendering: ours, never the person's. */
export function CrashScreen({ error }: { readonly error: Error }) {
  const words = useWords();
  return (
    <MessageScreen
      title={words.page.broke}
      testId="crash-screen"
      actions={
        <Button variant="primary" onClick={() => window.location.reload()}>
          {words.page.loadAgain}
        </Button>
      }
    >
      {words.page.brokeHelp(error.message)}
    </MessageScreen>
  );
}
