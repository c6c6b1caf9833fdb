import { hasOwnKeys } from '../page/own-keys.ts';

/** What a key asks of the player. */
export type PlayerCommand =
  | 'pause'
  | 'mute'
  | 'louder'
  | 'quieter'
  | 'fullscreen'
  | 'live'
  | 'back'
  | 'forward'
  | 'captions'
  | 'stats';

const COMMANDS: ReadonlyMap<string, PlayerCommand> = new Map([
  [' ', 'pause'],
  ['k', 'pause'],
  ['m', 'mute'],
  ['c', 'captions'],
  ['ArrowUp', 'louder'],
  ['ArrowDown', 'quieter'],
  ['f', 'fullscreen'],
  ['l', 'live'],
  ['ArrowLeft', 'back'],
  ['ArrowRight', 'forward'],
]);

/** Done again while the key is held. */
const GRADUAL: ReadonlySet<PlayerCommand> = new Set(['louder', 'quieter', 'back', 'forward']);

export type PlayerKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'repeat'>;

/** The space bar presses what has the focus. */
const PRESSED = 'a, button, summary';

/**
 * The keys that people know from other players: Space and K, M, F, L, C, the arrows; with Ctrl or ⌘ "]" for numbers.
 * @param focused where the key was pressed
 */
export function playerCommandOf(event: PlayerKey, focused: Pick<Element, 'closest'> | null): PlayerCommand | undefined {
  if (event.altKey || event.shiftKey) return undefined;
  if (event.ctrlKey || event.metaKey) return event.key === ']' ? 'stats' : undefined;
  if (hasOwnKeys(focused) || (event.key === ' ' && focused?.closest(PRESSED))) return undefined;
  const command = COMMANDS.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  const isGradual = command !== undefined && GRADUAL.has(command);
  return event.repeat && !isGradual ? undefined : command;
}
