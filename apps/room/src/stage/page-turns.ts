import { hasOwnKeys } from '../page/own-keys.ts';

/** One page on or back. */
export type Turn = 1 | -1;

export type Direction = 'ltr' | 'rtl';

/** A finger that moved less than this, in CSS pixels, or more up or down than aside, turned no page. */
const SWIPE_PX = 48;

export type TurnKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/**
 * The page that a key leads to: Page Down and Page Up wherever nobody writes or scrolls, arrows on the stage itself.
 * @param facts.isOnStage the key was pressed on the stage or its buttons
 */
export function turnOfKey(
  event: TurnKey,
  facts: {
    readonly focused: Pick<Element, 'closest'> | null;
    readonly isOnStage: boolean;
    readonly direction: Direction;
  },
): Turn | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || hasOwnKeys(facts.focused)) return undefined;
  switch (event.key) {
    case 'PageDown':
      return 1;
    case 'PageUp':
      return -1;
    case 'ArrowLeft':
      return facts.isOnStage ? aside(-1, facts.direction) : undefined;
    case 'ArrowRight':
      return facts.isOnStage ? aside(1, facts.direction) : undefined;
    default:
      return undefined;
  }
}

/** The page that a finger leads to: it draws the next one in from where lines end. */
export function turnOfSwipe(moved: { readonly x: number; readonly y: number }, direction: Direction): Turn | undefined {
  if (Math.abs(moved.x) < SWIPE_PX || Math.abs(moved.x) < 2 * Math.abs(moved.y)) return undefined;
  return aside(moved.x < 0 ? 1 : -1, direction);
}

/** To the right is on where one reads from the left, and back where one reads from the right. */
function aside(toTheRight: Turn, direction: Direction): Turn {
  const isOn = toTheRight > 0 === (direction === 'ltr');
  return isOn ? 1 : -1;
}
