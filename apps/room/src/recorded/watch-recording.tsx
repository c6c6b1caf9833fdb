import { Button, Dialog, Spinner } from '@amphi/ui';
import { CirclePlay } from 'lucide-react';
import { useState } from 'react';
import { LatePart, late } from '../page/late-part.tsx';
import { useWords } from '../words/speaking.tsx';
import { useRecordedStream } from './use-recorded-stream.ts';

// With the player, which nobody needs for a stage.
const recordingPlayer = late(() => import('./recording-player.tsx'));

/**
 * The way to the stream as it was, once that can be played; nothing where it is not offered.
 * @param props.isWanted the stream is over
 * @param props.small among the controls of a room
 */
export function WatchRecording({
  isWanted,
  small = false,
}: {
  readonly isWanted: boolean;
  readonly small?: boolean | undefined;
}) {
  const { viewer } = useWords();
  const isReady = useRecordedStream(isWanted);
  const [isOpen, setIsOpen] = useState(false);
  if (!isReady) return null;
  return (
    <>
      <Button
        size={small ? 'sm' : 'md'}
        icon={<CirclePlay />}
        onClick={() => setIsOpen(true)}
        className="pointer-events-auto"
        data-testid="watch-recording"
      >
        <span className={small ? 'max-lg:sr-only' : undefined}>{viewer.watchRecording}</span>
      </Button>
      <Dialog open={isOpen} onOpenChange={setIsOpen} title={viewer.recording} size="video">
        <LatePart part={recordingPlayer} given={{}} meanwhile={<Spinner label={viewer.loadingRecording} />} />
      </Dialog>
    </>
  );
}
