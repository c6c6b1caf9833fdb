import { useSessionState, useVideo } from '@amphi/react';
import { IconButton } from '@amphi/ui';
import { PictureInPicture2 } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { useFailureToast } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { smallPicture } from './small-cast.ts';
import { SmallStage } from './small-stage.tsx';
import { areTilesEqual, stageTiles, withoutVideo } from './stage-items.ts';
import { useActiveSpeaker } from './use-active-speaker.ts';

/** In CSS pixels; browsers may give another. */
const SIZE = { width: 480, height: 320 } as const;

/** Document Picture-in-Picture (WICG): a window of the page's own over other programs. */
interface SmallWindows {
  requestWindow(options: { readonly width: number; readonly height: number }): Promise<Window>;
}

/** What is on stage in a small window over other programs: the stage itself, or a picture of it; nothing where browsers have neither. */
export function StageWindow({ isAudioOnly }: { readonly isAudioOnly: boolean }) {
  const windows = smallWindows();
  if (windows) return <PageWindow windows={windows} isAudioOnly={isAudioOnly} />;
  return document.pictureInPictureEnabled ? <PictureWindow isAudioOnly={isAudioOnly} /> : null;
}

/** Pages in a frame may open none. */
function smallWindows(): SmallWindows | undefined {
  if (window.top !== window) return undefined;
  return (window as { readonly documentPictureInPicture?: SmallWindows }).documentPictureInPicture;
}

function PageWindow({ windows, isAudioOnly }: { readonly windows: SmallWindows; readonly isAudioOnly: boolean }) {
  const words = useWords();
  const tell = useFailureToast();
  const [small, setSmall] = useState<Window>();
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  useEffect(() => {
    if (!small) return;
    const close = (): void => setSmall(undefined);
    small.addEventListener('pagehide', close);
    return () => {
      small.removeEventListener('pagehide', close);
      small.close();
    };
  }, [small]);
  const open = async (): Promise<void> => {
    const opened = await windows.requestWindow(SIZE);
    if (isGone.current) {
      opened.close();
      return;
    }
    dress(opened.document);
    setSmall(opened);
  };
  const toggle = (): void => {
    if (small) setSmall(undefined);
    else open().catch((error: unknown) => tell(words.failed.smallWindow, error, 'stage-window'));
  };
  return (
    <>
      <WindowButton isOut={small !== undefined} onClick={toggle} />
      {small && createPortal(<SmallStage isAudioOnly={isAudioOnly} />, small.document.body)}
    </>
  );
}

/** Gives the window the looks and the language of the page. */
function dress(to: Document): void {
  to.title = document.title;
  for (const { name, value } of document.documentElement.attributes) to.documentElement.setAttribute(name, value);
  for (const sheet of document.querySelectorAll('style, link[rel=stylesheet]'))
    to.head.append(to.importNode(sheet, true));
}

/** The picture of who speaks, in a video element of which nothing is seen on the page. */
function PictureWindow({ isAudioOnly }: { readonly isAudioOnly: boolean }) {
  const all = useSessionState(stageTiles, areTilesEqual);
  const tiles = useMemo(() => (isAudioOnly ? withoutVideo(all) : all), [all, isAudioOnly]);
  const trackId = smallPicture(tiles, useActiveSpeaker(tiles));
  const [isWanted, setIsWanted] = useState(false);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  // Received for as long as somebody looks.
  const attach = useVideo(isWanted ? trackId : undefined);
  useEffect(() => {
    attach(video);
    if (!video) return;
    const enter = (): void => {
      if (document.pictureInPictureElement === video) return;
      // Refused when the gesture is too long ago: nothing has changed then.
      video.requestPictureInPicture().catch(() => setIsWanted(false));
    };
    const leave = (): void => setIsWanted(false);
    video.addEventListener('loadedmetadata', enter);
    video.addEventListener('leavepictureinpicture', leave);
    return () => {
      attach(null);
      video.removeEventListener('loadedmetadata', enter);
      video.removeEventListener('leavepictureinpicture', leave);
      if (document.pictureInPictureElement === video) document.exitPictureInPicture().catch(() => {});
    };
  }, [video, attach]);
  if (trackId === undefined && !isWanted) return null;
  return (
    <>
      <WindowButton isOut={isWanted} onClick={() => setIsWanted(!isWanted)} />
      {isWanted && (
        <video
          ref={setVideo}
          autoPlay
          playsInline
          muted
          aria-hidden="true"
          tabIndex={-1}
          className="pointer-events-none fixed start-0 bottom-0 -z-10 opacity-0"
          style={SIZE}
        />
      )}
    </>
  );
}

function WindowButton({ isOut, onClick }: { readonly isOut: boolean; readonly onClick: () => void }) {
  const words = useWords();
  return (
    <IconButton
      label={words.viewer.pictureInPicture}
      pressed={isOut}
      icon={<PictureInPicture2 />}
      onClick={onClick}
      data-testid="stage-window"
    />
  );
}
