import { levelOfPeer } from '@amphi/client';
import { useLiveStream, useRole, useSession, useSessionState } from '@amphi/react';
import { Button, Checkbox, ConfirmDialog, Dialog, IconButton, useToaster } from '@amphi/ui';
import { LogOut } from 'lucide-react';
import { useState } from 'react';
import { useShows } from '../page/page-options.ts';

/** Leaves at once where that costs nobody anything; asks those who run the room what is to become of it. */
export function LeaveButton({ size = 'lg' }: { readonly size?: 'md' | 'lg' }) {
  const session = useSession();
  const shows = useShows();
  const { can } = useRole();
  const stream = useLiveStream();
  const [isOpen, setIsOpen] = useState(false);
  const [asksToEnd, setAsksToEnd] = useState(false);
  const [isLocking, setIsLocking] = useState(false);
  const toaster = useToaster();
  const isAlone = useSessionState(
    (state) => !Object.values(state.peers).some((peer) => levelOfPeer(state, peer) === 'stage'),
  );
  const runsRoom = can('endRoom') || (can('hlsStreaming') && stream.status === 'live');
  const mayStop = can('hlsStreaming') && stream.status === 'live';

  const stopAndLeave = (): void => {
    stream.stop().then(
      () => session.leave(),
      (error: unknown) => tell('The stream could not be ended', error),
    );
  };
  const endRoom = (): void => {
    session.endRoom({ lock: isLocking }).catch((error: unknown) => tell('The session could not be ended', error));
  };
  const tell = (title: string, error: unknown): void => {
    toaster.show({ tone: 'danger', title, description: error instanceof Error ? error.message : String(error) });
  };

  if (!shows('leave')) return null;
  return (
    <>
      <IconButton
        label="Leave"
        variant="danger"
        size={size}
        icon={<LogOut />}
        onClick={() => (runsRoom ? setIsOpen(true) : session.leave())}
        className="max-[26rem]:size-11!"
        data-testid="leave"
      />
      <Dialog
        open={isOpen}
        onOpenChange={setIsOpen}
        title="Leave the room?"
        description={
          mayStop
            ? isAlone
              ? 'You are the last one on stage. If you only leave, the stream goes on with an empty stage.'
              : 'The stream goes on with those who stay on stage.'
            : 'The others can go on without you.'
        }
      >
        <div className="flex flex-col gap-2">
          <Button variant="primary" onClick={() => session.leave()} data-testid="leave-confirm">
            Leave
          </Button>
          {mayStop && (
            <Button onClick={stopAndLeave} data-testid="leave-end-stream">
              End the stream and leave
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
              End for everyone…
            </Button>
          )}
        </div>
      </Dialog>
      <ConfirmDialog
        open={asksToEnd}
        onOpenChange={setAsksToEnd}
        title="End for everyone?"
        description={
          <>
            Everybody leaves the room at once, and a running stream stops.
            <Checkbox
              label="Lock the room"
              hint="Nobody can come in again until the room is enabled in the dashboard."
              checked={isLocking}
              onCheckedChange={setIsLocking}
              className="mt-3"
              data-testid="end-lock"
            />
          </>
        }
        confirmLabel="End for everyone"
        onConfirm={endRoom}
      />
    </>
  );
}
