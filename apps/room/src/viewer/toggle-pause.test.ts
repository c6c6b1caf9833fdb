import type { Player, PlayerStateName } from '@amphi/player';
import { describe, expect, it } from 'vitest';
import { togglePause } from './toggle-pause.ts';

/** What is asked of a player in the state. */
function asked(name: PlayerStateName, isKept: boolean): unknown[] {
  const calls: unknown[] = [];
  togglePause(
    {
      getSnapshot: () => ({ state: { name } }) as ReturnType<Player['getSnapshot']>,
      pause: (options) => calls.push(['pause', options]),
      play: async () => void calls.push('play'),
      jumpToLive: async () => void calls.push('live'),
    },
    isKept,
  );
  return calls;
}

describe('DVR6: pausing the stream', () => {
  it.each(['playing', 'behindLive', 'buffering'] as const)('stops while it is %s', (name) => {
    expect(asked(name, true)).toEqual([['pause', { keepsPlace: true }]]);
    expect(asked(name, false)).toEqual([['pause', { keepsPlace: false }]]);
  });

  it.each(['paused', 'autoplayBlocked'] as const)('goes on while it is %s, live where it is not kept', (name) => {
    expect(asked(name, true)).toEqual(['play']);
    expect(asked(name, false)).toEqual(['live']);
  });

  it.each(['idle', 'loading', 'ended', 'failed'] as const)('does nothing while it is %s', (name) => {
    expect(asked(name, true)).toEqual([]);
  });
});
