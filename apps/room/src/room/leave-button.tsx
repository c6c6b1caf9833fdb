import { levelOfPeer } from '@amphi/client';
import { useLiveStream, useRole, useSession, useSessionState } from '@amphi/react';
import { Button, Checkbox, ConfirmDialog, Dialog, IconButton } from '@amphi/ui';
import { LogOut } from 'lucide-react';
import { useState } from 'react';
import { useShows } from '../page/page-options.ts';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** Leaves at once where that costs nobody anything; asks those who run the room what is to become of it. */
export function LeaveButton({ size = 'lg' }: { readonly size?: 'md' | 'lg' }) {
  const session = useSession();
  const shows = useShows();
  const { can } = useRole();
  const stream = useLiveStream();
  const [isOpen, setIsOpen] = useState(false);
  const [asksToEnd, setAsksToEnd] = useState(false);
  const [isLocking, setIsLocking] = useState(false);
  const words = useWords();
  const attempt = useAttempt();
  const isAlone = useSessionState(
    (state) => !Object.values(state.peers).some((peer) => levelOfPeer(state, peer) === 'stage'),
  );
  const runsRoom = can('endRoom') || (can('hlsStreaming') && stream.status === 'live');
  const mayStop = can('hlsStreaming') && stream.status === 'live';

  const stopAndLeave = (): void => {
    attempt(
      words.failed.stopStream,
      stream.stop().then(() => session.leave()),
    );
  };
  const endRoom = (): void => {
    attempt(words.failed.endRoom, session.endRoom({ lock: isLocking }));
  };

  if (!shows('leave')) return null;
  return (
    <>
      <IconButton
        label={words.leave.leave}
        variant="danger"
        size={size}
        icon={<LogOut className="rtl:-scale-x-100" />}
        onClick={() => (runsRoom ? setIsOpen(true) : session.leave())}
        className="max-[26rem]:size-11!"
        data-testid="leave"
      />
      <Dialog
        open={isOpen}
        onOpenChange={setIsOpen}
        title={words.leave.ask}
        description={mayStop ? (isAlone ? words.leave.lastOnStage : words.leave.streamGoesOn) : words.leave.othersGoOn}
      >
        <div className="flex flex-col gap-2">
          <Button variant="primary" onClick={() => session.leave()} data-testid="leave-confirm">
            {words.leave.leave}
          </Button>
          {mayStop && (
            <Button onClick={stopAndLeave} data-testid="leave-end-stream">
              {words.leave.withStream}
            </Button>
          )}
          {can('endRoom') && (
            <Button
              variant="quiet"
              onClick={() => {
                setIsOpen(false);
                setAsksToEnd(true);
              }}
              className="text-danger!"
              data-testid="end-room"
            >
              {words.leave.endForEveryoneMore}
            </Button>
          )}
        </div>
      </Dialog>
      <ConfirmDialog
        open={asksToEnd}
        onOpenChange={setAsksToEnd}
        title={words.leave.askEnd}
        description={
          <>
            {words.leave.endHelp}
            <Checkbox
              label={words.leave.lock}
              hint={words.leave.lockHelp}
              checked={isLocking}
              onCheckedChange={setIsLocking}
              className="mt-3"
              data-testid="end-lock"
            />
          </>
        }
        confirmLabel={words.leave.endForEveryone}
        onConfirm={endRoom}
      />
    </>
  );
}
