import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlayerError } from './errors.ts';
import { IDLE, type PlayerEvent, type PlayerState, transition } from './player-state.ts';

const error = new PlayerError('network', 'gone');
const run = (...events: PlayerEvent['type'][]): PlayerState['name'] =>
  events.reduce((state, type) => transition(state, eventOf(type)), IDLE).name;
const eventOf = (type: PlayerEvent['type']): PlayerEvent => {
  if (type === 'gaveUp') return { type, error, retryAt: 15_000 };
  if (type === 'retryStarted') return { type, attempt: 1, error };
  return { type };
};

describe('the player states', () => {
  it.each<[PlayerState['name'], PlayerEvent['type'][]]>([
    ['idle', []],
    ['loading', ['loadCalled']],
    ['loading', ['loadCalled', 'mediaRanOut']],
    ['loading', ['loadCalled', 'retryStarted']],
    ['autoplayBlocked', ['loadCalled', 'autoplayRefused']],
    ['playing', ['loadCalled', 'autoplayRefused', 'playbackStarted']],
    ['playing', ['loadCalled', 'playbackStarted']],
    ['buffering', ['loadCalled', 'playbackStarted', 'mediaRanOut']],
    ['playing', ['loadCalled', 'playbackStarted', 'mediaRanOut', 'playbackStarted']],
    ['behindLive', ['loadCalled', 'playbackStarted', 'fellBehind']],
    ['behindLive', ['loadCalled', 'playbackStarted', 'fellBehind', 'playbackStarted']],
    ['playing', ['loadCalled', 'playbackStarted', 'fellBehind', 'caughtUp']],
    ['paused', ['loadCalled', 'playbackStarted', 'pauseCalled']],
    ['paused', ['loadCalled', 'playbackStarted', 'pauseCalled', 'fellBehind']],
    ['ended', ['loadCalled', 'playbackStarted', 'endReached']],
    ['ended', ['loadCalled', 'playbackStarted', 'endReached', 'mediaRanOut']],
    ['loading', ['loadCalled', 'playbackStarted', 'endReached', 'loadCalled']],
    ['failed', ['loadCalled', 'gaveUp']],
    ['failed', ['loadCalled', 'gaveUp', 'retryStarted']],
    ['playing', ['loadCalled', 'gaveUp', 'playbackStarted']],
    ['loading', ['loadCalled', 'gaveUp', 'loadCalled']],
    ['idle', ['loadCalled', 'playbackStarted', 'unloadCalled', 'playbackStarted']],
  ])('%s after %j', (name, events) => {
    expect(run(...events)).toBe(name);
  });

  it('keeps what a state says about a failure', () => {
    expect(transition({ name: 'loading', attempt: 0 }, { type: 'retryStarted', attempt: 3, error })).toEqual({
      name: 'loading',
      attempt: 3,
      error,
    });
    expect(transition({ name: 'loading', attempt: 3 }, eventOf('gaveUp'))).toEqual({
      name: 'failed',
      error,
      retryAt: 15_000,
    });
  });

  it('is left by nothing but load when idle, and by unload always', () => {
    const types: PlayerEvent['type'][] = [
      ...(['retryStarted', 'playbackStarted', 'mediaRanOut', 'pauseCalled', 'autoplayRefused'] as const),
      ...(['fellBehind', 'caughtUp', 'endReached', 'gaveUp', 'unloadCalled'] as const),
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...types)), (events) => {
        expect(run(...events)).toBe('idle');
        expect(run('loadCalled', ...events, 'unloadCalled')).toBe('idle');
      }),
    );
  });
});
