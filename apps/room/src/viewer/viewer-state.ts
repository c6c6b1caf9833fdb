import type { LiveStream } from '@amphi/client';
import type { PlayerStateName } from '@amphi/player';

/** What a viewer is to see. */
export type ViewerState =
  /** Not started in this session, as far as we know. */
  | 'waiting'
  /** Somebody pressed Go live; the first picture is on its way to the players. */
  | 'starting'
  | 'loading'
  | 'playing'
  | 'behind-live'
  | 'buffering'
  | 'paused'
  /** The browser wants a gesture before it plays anything. */
  | 'autoplay-blocked'
  | 'ended'
  /** The stream broke at the source; it may come back. */
  | 'interrupted'
  /** It cannot be played here; it can be tried again. */
  | 'failed';

/** The picture moves, or will as soon as what it waits for has come. */
export const MOVING: ReadonlySet<ViewerState> = new Set(['playing', 'behind-live', 'buffering']);

const OF_PLAYER: Record<PlayerStateName, ViewerState> = {
  idle: 'loading',
  loading: 'loading',
  playing: 'playing',
  behindLive: 'behind-live',
  buffering: 'buffering',
  paused: 'paused',
  autoplayBlocked: 'autoplay-blocked',
  ended: 'ended',
  failed: 'failed',
};

/** The last part of a stream that is over reaches a player within this time; what has not come then never will. */
export const LAST_PART_MS = 8_000;

/** States in which nothing moves and nothing more will come by itself. */
const STANDING: ReadonlySet<PlayerStateName> = new Set(['idle', 'failed', 'autoplayBlocked']);
/** States in which something may still come, but not for ever. */
const HOPING: ReadonlySet<PlayerStateName> = new Set(['loading', 'buffering']);

/**
 * What the room says about the stream and what the player makes of it, in one word. A stream that is over is played to
 * its end; one that was never seen is waited for; one that has been seen and is over stays "ended", whatever the server
 * forgets about it.
 */
export function viewerState(facts: {
  readonly stream: Pick<LiveStream, 'status'>;
  /** Undefined while there is no player. */
  readonly player: PlayerStateName | undefined;
  /** Something of the stream was shown on this page. */
  readonly hasSeen: boolean;
  /** It has been over for `LAST_PART_MS`. */
  readonly isLongOver: boolean;
}): ViewerState {
  const { stream, player, hasSeen, isLongOver } = facts;
  switch (stream.status) {
    case 'off':
      return hasSeen ? 'ended' : 'waiting';
    case 'starting':
      return 'starting';
    case 'failed':
      return hasSeen ? 'interrupted' : 'waiting';
    case 'ended':
      if (player === undefined || STANDING.has(player) || (isLongOver && HOPING.has(player))) {
        return hasSeen ? 'ended' : 'waiting';
      }
      return OF_PLAYER[player];
    case 'live':
    case 'stopping':
      return player === undefined ? 'loading' : OF_PLAYER[player];
  }
}
