import { IconButton } from '@amphi/ui';
import { PictureInPicture2 } from 'lucide-react';
import { type RefObject, useEffect, useState } from 'react';
import { useWords } from '../words/speaking.tsx';

/** The stream in a small window over other programs, where the browser has that. */
export function PictureInPicture({
  frame,
  className,
}: {
  readonly frame: RefObject<HTMLElement | null>;
  readonly className: string;
}) {
  const words = useWords();
  const [isOut, setIsOut] = useState(false);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    // These events bubble from the video (Picture-in-Picture, W3C, 6).
    const enter = (): void => setIsOut(true);
    const leave = (): void => setIsOut(false);
    element.addEventListener('enterpictureinpicture', enter);
    element.addEventListener('leavepictureinpicture', leave);
    return () => {
      element.removeEventListener('enterpictureinpicture', enter);
      element.removeEventListener('leavepictureinpicture', leave);
    };
  }, [frame]);
  if (!document.pictureInPictureEnabled) return null;
  const toggle = (): void => {
    const change = isOut
      ? document.exitPictureInPicture()
      : frame.current?.querySelector('video')?.requestPictureInPicture();
    // Refused before the first picture, or by the page around: nothing has changed then.
    change?.catch(() => {});
  };
  return (
    <IconButton
      label={words.viewer.pictureInPicture}
      pressed={isOut}
      icon={<PictureInPicture2 />}
      onClick={toggle}
      className={className}
      data-testid="player-pip"
    />
  );
}
