import type { LeaveReason } from '@amphi/client';
import { Button } from '@amphi/ui';
import { RotateCcw } from 'lucide-react';
import { useWords } from '../words/speaking.tsx';
import { describeLeaving } from './left-texts.ts';
import { MessageScreen } from './message-screen.tsx';

/** The visit is over: why, and the way back if there is one. */
export function LeftScreen({ reason, onRejoin }: { readonly reason: LeaveReason; readonly onRejoin: () => void }) {
  const { title, text, rejoin } = describeLeaving(useWords(), reason);
  return (
    <MessageScreen
      title={title}
      testId="left-screen"
      actions={
        rejoin !== undefined && (
          <Button variant="primary" size="lg" icon={<RotateCcw />} onClick={onRejoin} data-testid="rejoin" autoFocus>
            {rejoin}
          </Button>
        )
      }
    >
      {text}
    </MessageScreen>
  );
}
