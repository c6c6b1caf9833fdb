import { useConnection, useRecording, useRtmp, useStreamRecording, useTrackRecording } from '@amphi/react';
import { Badge, ConfirmDialog, IconButton, useAnnounce, useToaster } from '@amphi/ui';
import { CircleDot, CirclePause, CirclePlay, CircleStop } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** That what happens here is being kept, or would be: everyone is to know. */
export function RecordingBadge() {
  const { isRecorded, ...stage } = useRecording();
  const stream = useStreamRecording();
  const ofTracks = useTrackRecording().status === 'on';
  const status = isRecorded ? 'on' : stage.isPaused || stream.isPaused ? 'paused' : 'off';
  const announce = useAnnounce();
  const { recording } = useWords();
  const before = useRef(status);
  useEffect(() => {
    if (before.current !== status) announce(recording[NEWS[status]]);
    before.current = status;
  }, [status, announce, recording]);
  if (status === 'off') return null;
  const isPaused = status === 'paused';
  return (
    <Badge
      tone={isPaused ? 'neutral' : 'live'}
      icon={isPaused ? <CirclePause aria-hidden="true" /> : <CircleDot aria-hidden="true" />}
      data-testid="recording-badge"
      data-status={status}
      title={isPaused ? recording.pausedHelp : ofTracks ? recording.tracksHelp : recording.recordingHelp}
    >
      <span className="max-sm:sr-only">{isPaused ? recording.paused : recording.recording}</span>
    </Badge>
  );
}

const NEWS = { on: 'isOn', paused: 'isPaused', off: 'isOff' } as const;

/** Going on begins with a segment, of two seconds. */
const LONGEST_CHANGE_MS = 5_000;

/** Pauses what is recorded, and lets it go on, for those whose role may. */
export function RecordingPause() {
  const words = useWords();
  const { recording } = words;
  const [stage, stream] = [useRecording(), useStreamRecording()];
  const ours = [stage, stream].filter(({ status, canControl }) => status === 'on' && canControl);
  const isPaused = ours.length > 0 && ours.every((recording) => recording.isPaused);
  const isAway = useConnection().status !== 'joined';
  const attempt = useAttempt();
  /** What we asked for, until the server says that it is so. */
  const [wanted, setWanted] = useState<'paused' | 'on'>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was asked for is answered by any change
  useEffect(() => setWanted(undefined), [isPaused, ours.length]);
  useEffect(() => {
    // Somebody else may have wanted the contrary a moment later: nothing changes then.
    const timer = wanted && setTimeout(() => setWanted(undefined), LONGEST_CHANGE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  if (ours.length === 0) return null;

  const change = async (): Promise<void> => {
    const which = ours.filter((recording) => recording.isPaused === isPaused);
    setWanted(isPaused ? 'on' : 'paused');
    try {
      await Promise.all(which.map((recording) => (isPaused ? recording.resume() : recording.pause())));
    } catch (error) {
      setWanted(undefined);
      throw error;
    }
  };
  const failure = isPaused ? words.failed.resumeRecording : words.failed.pauseRecording;
  return (
    <IconButton
      label={wanted === 'on' ? recording.goesOn : isPaused ? recording.resume : recording.pause}
      icon={isPaused ? <CirclePlay /> : <CirclePause />}
      disabled={isAway || wanted !== undefined}
      onClick={() => attempt(failure, change())}
      data-testid="record-pause"
      data-status={isPaused ? 'paused' : 'on'}
    />
  );
}

/** Begins and ends the recording of the stage, for those whose role may. */
export function RecordingControl() {
  const words = useWords();
  const { recording } = words;
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
        label={status === 'starting' ? recording.starts : status === 'stopping' ? recording.ends : recording.record}
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
        title={recording.askEnd}
        description={isSent ? recording.endHelpSent : recording.endHelp}
        confirmLabel={recording.end}
        onConfirm={() => attempt(words.failed.stopRecording, stop())}
      />
    </>
  );
}

/** Says why a recording is none, once. */
function useFailure(error: string | undefined): void {
  const { failed } = useWords();
  const toaster = useToaster();
  useEffect(() => {
    if (error !== undefined) {
      toaster.show({ id: 'recording', tone: 'danger', title: failed.recording, description: error });
    }
  }, [error, toaster, failed]);
}
