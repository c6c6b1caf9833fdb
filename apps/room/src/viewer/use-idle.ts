import { type RefObject, useEffect, useState } from 'react';

/** After so long without a movement over the picture its controls go away. */
const IDLE_MS = 3_500;

/**
 * True while nobody has moved, touched or focused anything inside of the element for a while. The touch that ends this does
 * nothing else: what it brings into sight under the finger is not meant by it.
 */
export function useIdle(frame: RefObject<HTMLElement | null>): boolean {
  const [isIdle, setIsIdle] = useState(false);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    /** The touch under way has only ended the idleness. */
    let isSpent = false;
    const wake = (): void => {
      setIsIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => {
        timer = undefined;
        setIsIdle(true);
      }, IDLE_MS);
    };
    const press = (event: PointerEvent): void => {
      const isOnControl = event.target instanceof Element && event.target.closest('button, input') !== null;
      isSpent = event.pointerType === 'touch' && timer === undefined && !isOnControl;
      wake();
    };
    const lift = (event: TouchEvent): void => {
      // The click that browsers make of a touch is aimed at what is there by then.
      if (isSpent && event.cancelable) event.preventDefault();
      isSpent = false;
    };
    const names = ['pointermove', 'focusin', 'keydown'] as const;
    for (const name of names) element.addEventListener(name, wake);
    element.addEventListener('pointerdown', press);
    element.addEventListener('touchend', lift, { passive: false });
    wake();
    return () => {
      clearTimeout(timer);
      for (const name of names) element.removeEventListener(name, wake);
      element.removeEventListener('pointerdown', press);
      element.removeEventListener('touchend', lift);
    };
  }, [frame]);
  return isIdle;
}
