import type { LeaveReason } from '@amphi/client';
import { useLiveStream, useSession } from '@amphi/react';
import { Button } from '@amphi/ui';
import { RotateCcw } from 'lucide-react';
import { useLook } from '../look/look.tsx';
import { useShows } from '../page/page-options.ts';
import { WatchRecording } from '../recorded/watch-recording.tsx';
import { useWords } from '../words/speaking.tsx';
import { FeedbackForm } from './feedback-form.tsx';
import { describeLeaving } from './left-texts.ts';
import { MessageScreen } from './message-screen.tsx';

/**
 * The visit is over: why, the way back if there is one, and how it was.
 * @param props.wasIn the person was in the room, not just before it
 */
export function LeftScreen({
  reason,
  wasIn,
  onRejoin,
}: {
  readonly reason: LeaveReason;
  readonly wasIn: boolean;
  readonly onRejoin: () => void;
}) {
  const session = useSession();
  const shows = useShows();
  const { feedbackTitle } = useLook();
  const { status } = useLiveStream();
  const isAsked = wasIn && reason.kind !== 'removed' && shows('feedback');
  const { title, text, rejoin } = describeLeaving(useWords(), reason);
  return (
    <MessageScreen
      title={title}
      testId="left-screen"
      actions={
        <>
          {rejoin !== undefined && (
            <Button variant="primary" size="lg" icon={<RotateCcw />} onClick={onRejoin} data-testid="rejoin" autoFocus>
              {rejoin}
            </Button>
          )}
          {/* Of this session, that is, not of one before. */}
          <WatchRecording isWanted={wasIn && reason.kind === 'ended' && status !== 'off'} />
        </>
      }
      further={
        isAsked && <FeedbackForm question={feedbackTitle} onSend={(feedback) => session.sendFeedback(feedback)} />
      }
    >
      {text}
    </MessageScreen>
  );
}
