import { type RefObject, useEffect, useState } from 'react';

/** After so long without a movement over the picture its controls go away. */
const IDLE_MS = 3_500;

/** True while nobody has moved, touched or focused anything inside of the element for a while. */
export function useIdle(frame: RefObject<HTMLElement | null>): boolean {
  const [isIdle, setIsIdle] = useState(false);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let timer: ReturnType<typeof setTimeout>;
    const wake = (): void => {
      setIsIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIsIdle(true), IDLE_MS);
    };
    const names = ['pointermove', 'pointerdown', 'focusin', 'keydown'] as const;
    for (const name of names) element.addEventListener(name, wake);
    wake();
    return () => {
      clearTimeout(timer);
      for (const name of names) element.removeEventListener(name, wake);
    };
  }, [frame]);
  return isIdle;
}
