import { useEffect, useRef } from 'react';
import { LANGUAGES } from '../words/languages.ts';
import { useLanguage } from '../words/speaking.tsx';
import { type Turn, turnOfKey, turnOfSwipe } from './page-turns.ts';

/** Keys and fingers turn the pages of the stage while there are several. */
export function usePageTurning(stage: HTMLElement | null, isPaged: boolean, turn: (by: Turn) => void): void {
  const [language] = useLanguage();
  const { direction } = LANGUAGES[language];
  const latest = useRef(turn);
  useEffect(() => {
    latest.current = turn;
  }, [turn]);
  useEffect(() => {
    if (!isPaged || !stage) return;
    const press = (event: KeyboardEvent): void => {
      const focused = event.target instanceof Element ? event.target : null;
      const isOnStage = focused !== null && stage.contains(focused);
      if (hasOwnGestures(focused)) return;
      const isHere = isOnStage || focused === document.body || focused === stage.closest('main');
      const by = isHere ? turnOfKey(event, { focused, isOnStage, direction }) : undefined;
      if (by === undefined) return;
      event.preventDefault();
      latest.current(by);
    };
    let from: { readonly id: number; readonly x: number; readonly y: number } | undefined;
    const touch = (event: PointerEvent): void => {
      if (event.pointerType !== 'mouse' && event.isPrimary && !hasOwnGestures(event.target)) {
        from = { id: event.pointerId, x: event.clientX, y: event.clientY };
      }
    };
    const lift = (event: PointerEvent): void => {
      if (from?.id !== event.pointerId) return;
      const by = turnOfSwipe({ x: event.clientX - from.x, y: event.clientY - from.y }, direction);
      from = undefined;
      if (by !== undefined) latest.current(by);
    };
    const drop = (): void => {
      from = undefined;
    };
    window.addEventListener('keydown', press);
    stage.addEventListener('pointerdown', touch);
    stage.addEventListener('pointerup', lift);
    stage.addEventListener('pointercancel', drop);
    return () => {
      window.removeEventListener('keydown', press);
      stage.removeEventListener('pointerdown', touch);
      stage.removeEventListener('pointerup', lift);
      stage.removeEventListener('pointercancel', drop);
    };
  }, [stage, isPaged, direction]);
}

/** Whether keys and fingers mean something else there: on the whiteboard they draw. */
function hasOwnGestures(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-gestures=own]') !== null;
}
