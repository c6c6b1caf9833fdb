import { useConnection, useRecording, useRtmp } from '@amphi/react';
import { Badge, ConfirmDialog, IconButton, useAnnounce, useToaster } from '@amphi/ui';
import { CircleDot, CircleStop } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';

/** That what happens here is being kept: everyone is to know. */
export function RecordingBadge() {
  const { isRecorded } = useRecording();
  const announce = useAnnounce();
  const before = useRef(isRecorded);
  useEffect(() => {
    if (before.current !== isRecorded) announce(isRecorded ? 'The room is being recorded' : 'The recording has ended');
    before.current = isRecorded;
  }, [isRecorded, announce]);
  if (!isRecorded) return null;
  return (
    <Badge
      tone="live"
      icon={<CircleDot aria-hidden="true" />}
      data-testid="recording-badge"
      title="What happens here is being recorded"
    >
      <span className="max-sm:sr-only">Recording</span>
    </Badge>
  );
}

/** Begins and ends the recording of the stage, for those whose role may. */
export function RecordingControl() {
  const { status, error, canControl, start, stop } = useRecording();
  const isSent = useRtmp().status === 'on';
  const isAway = useConnection().status !== 'joined';
  const attempt = useAttempt();
  const [asksToStop, setAsksToStop] = useState(false);
  useFailure(status === 'failed' ? error : undefined);
  if (!canControl) return null;
  const isOn = status === 'on' || status === 'stopping';
  const isBetween = status === 'starting' || status === 'stopping';
  return (
    <>
      <IconButton
        label={status === 'starting' ? 'Recording starts…' : status === 'stopping' ? 'Recording ends…' : 'Record'}
        pressed={isOn}
        icon={isOn ? <CircleStop /> : <CircleDot />}
        disabled={isAway || isBetween}
        // A refusal is in the state, and told from there.
        onClick={() => (isOn ? setAsksToStop(true) : void start().catch(() => {}))}
        className={isOn ? 'text-live!' : undefined}
        data-testid="record"
        data-status={status}
      />
      <ConfirmDialog
        open={asksToStop}
        onOpenChange={setAsksToStop}
        title="End the recording?"
        description={
          isSent
            ? 'Its file is finished and kept on the server. What is sent to other platforms ends with it.'
            : 'Its file is finished and kept on the server. Another recording is another file.'
        }
        confirmLabel="End recording"
        onConfirm={() => attempt('The recording could not be ended', stop())}
      />
    </>
  );
}

/** Says why a recording is none, once. */
function useFailure(error: string | undefined): void {
  const toaster = useToaster();
  useEffect(() => {
    if (error !== undefined) {
      toaster.show({ id: 'recording', tone: 'danger', title: 'The recording failed', description: error });
    }
  }, [error, toaster]);
}
