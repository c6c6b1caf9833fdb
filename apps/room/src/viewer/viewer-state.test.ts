import type { LiveStream } from '@amphi/client';
import type { PlayerStateName } from '@amphi/player';
import { describe, expect, it } from 'vitest';
import { type ViewerState, viewerState } from './viewer-state.ts';

describe('what a viewer sees', () => {
  it.each<[LiveStream['status'], PlayerStateName | undefined, boolean, ViewerState]>([
    ['off', undefined, false, 'waiting'],
    ['starting', undefined, false, 'starting'],
    ['live', undefined, false, 'loading'],
    ['live', 'loading', false, 'loading'],
    ['live', 'playing', true, 'playing'],
    ['live', 'behindLive', true, 'behind-live'],
    ['live', 'buffering', true, 'buffering'],
    ['live', 'autoplayBlocked', false, 'autoplay-blocked'],
    ['live', 'failed', false, 'failed'],
    ['stopping', 'playing', true, 'playing'],
    // What is left in the buffer is played to its end.
    ['ended', 'playing', true, 'playing'],
    ['ended', 'ended', true, 'ended'],
    // A playlist that is gone is no failure of a stream that is over.
    ['ended', 'failed', true, 'ended'],
    ['ended', 'buffering', true, 'buffering'],
    ['ended', undefined, false, 'waiting'],
    // "Ended" does not turn back into "not started" when the server clears the state.
    ['off', undefined, true, 'ended'],
    ['failed', 'buffering', true, 'interrupted'],
    ['failed', undefined, false, 'waiting'],
    ['starting', 'ended', true, 'starting'],
  ])('while the stream is %s, the player %s, seen: %s, is %s', (status, player, hasSeen, state) => {
    expect(viewerState({ stream: { status }, player, hasSeen, isLongOver: false })).toBe(state);
  });

  it('does not wait for ever for the last part of a stream that is over', () => {
    const facts = { stream: { status: 'ended' as const }, hasSeen: true, isLongOver: true };
    expect(viewerState({ ...facts, player: 'buffering' })).toBe('ended');
    expect(viewerState({ ...facts, player: 'playing' })).toBe('playing');
  });
});
