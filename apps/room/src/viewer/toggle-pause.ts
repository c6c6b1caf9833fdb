import type { Player, PlayerStateName } from '@amphi/player';

/** States in which something is under way to stop. */
const UNDER_WAY: ReadonlySet<PlayerStateName> = new Set(['playing', 'behindLive', 'buffering']);

/**
 * Pauses, or goes on: in a stream that is kept from the picture at which it stood, in another one live, as the rest is gone.
 * Nothing where there is nothing to pause.
 */
export function togglePause(
  player: Pick<Player, 'getSnapshot' | 'pause' | 'play' | 'jumpToLive'>,
  isKept: boolean,
): void {
  const { name } = player.getSnapshot().state;
  if (UNDER_WAY.has(name)) player.pause({ keepsPlace: isKept });
  else if (name === 'paused' || name === 'autoplayBlocked') void (isKept ? player.play() : player.jumpToLive());
}
