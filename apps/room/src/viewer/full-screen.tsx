import { IconButton } from '@amphi/ui';
import { Maximize, Minimize } from 'lucide-react';
import { type RefObject, useEffect, useState } from 'react';
import { useWords } from '../words/speaking.tsx';

/** What iPhones have in place of the Fullscreen API: a video fills the screen in the system's own player. */
interface PhoneVideo extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
}

/** Full screen for everything in the frame, or, where only the video itself can have it, for the video. */
export function FullScreen({
  frame,
  className,
  onReturn = () => {},
  testId,
}: {
  readonly frame: RefObject<HTMLElement | null>;
  readonly className?: string;
  /** Back from the system's player, which may have paused. */
  readonly onReturn?: () => void;
  readonly testId: string;
}) {
  return document.fullscreenEnabled ? (
    <FrameFullScreen frame={frame} className={className} testId={testId} />
  ) : (
    <VideoFullScreen frame={frame} className={className} onReturn={onReturn} testId={testId} />
  );
}

/** Shows the element alone on the screen, or takes back whatever is. */
export function toggleFullScreen(element: HTMLElement | null): void {
  const change = document.fullscreenElement ? document.exitFullscreen() : element?.requestFullscreen?.();
  // Refused, for instance inside of another page's frame: nothing has changed then.
  change?.catch(() => {});
}

/** The way back for a frame that fills the screen without the button that made it so. Nothing else of the time. */
export function LeaveFullScreen({ frame }: { readonly frame: RefObject<HTMLElement | null> }) {
  const words = useWords();
  const isFull = useIsFull(frame);
  if (!isFull) return null;
  return (
    <div data-theme="dark" className="absolute start-2 top-2 z-20 rounded-full bg-black/65">
      <IconButton
        label={words.viewer.leaveFullScreen}
        icon={<Minimize />}
        onClick={() => toggleFullScreen(frame.current)}
        className="text-white! hover:bg-white/15!"
        data-testid="leave-fullscreen"
      />
    </div>
  );
}

function useIsFull(frame: RefObject<HTMLElement | null>): boolean {
  const [isFull, setIsFull] = useState(false);
  useEffect(() => {
    const read = (): void =>
      setIsFull(document.fullscreenElement !== null && document.fullscreenElement === frame.current);
    document.addEventListener('fullscreenchange', read);
    return () => document.removeEventListener('fullscreenchange', read);
  }, [frame]);
  return isFull;
}

function FrameFullScreen({
  frame,
  className,
  testId,
}: {
  readonly frame: RefObject<HTMLElement | null>;
  readonly className: string | undefined;
  readonly testId: string;
}) {
  const words = useWords();
  const isFull = useIsFull(frame);
  return (
    <IconButton
      label={words.viewer.fullScreen}
      pressed={isFull}
      icon={isFull ? <Minimize /> : <Maximize />}
      onClick={() => toggleFullScreen(frame.current)}
      className={className}
      data-testid={testId}
    />
  );
}

function VideoFullScreen({
  frame,
  className,
  onReturn,
  testId,
}: {
  readonly frame: RefObject<HTMLElement | null>;
  readonly className: string | undefined;
  readonly onReturn: () => void;
  readonly testId: string;
}) {
  const words = useWords();
  if (!('webkitEnterFullscreen' in HTMLVideoElement.prototype)) return null;
  const enter = (): void => {
    const video = frame.current?.querySelector<PhoneVideo>('video');
    if (!video) return;
    video.addEventListener('webkitendfullscreen', onReturn, { once: true });
    video.webkitEnterFullscreen?.();
  };
  return (
    <IconButton
      label={words.viewer.fullScreen}
      icon={<Maximize />}
      onClick={enter}
      className={className}
      data-testid={testId}
    />
  );
}
