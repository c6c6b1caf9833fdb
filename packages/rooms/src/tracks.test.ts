import { describe, expect, it } from 'vitest';
import { enter, makeSession, makeTrack, outline, ROLES, sent } from '../test/session-fixture.ts';
import {
  announceAgain,
  mayPublish,
  permittedTracks,
  publishTracks,
  requestRoleChange,
  unpublishTracks,
  updateSpeakers,
  updateTracks,
  visibleTracks,
} from './index.ts';

describe('who may publish what', () => {
  it('ROOM10: by kind, and by source for a screen with its sound', () => {
    const allowed = (role: keyof typeof ROLES, id: string, source = 'regular') =>
      mayPublish(ROLES[role]!, makeTrack(id, { source }));
    expect(allowed('host', 'v1', 'screen')).toBe(true);
    expect(allowed('host', 'a1', 'screen')).toBe(true);
    expect(allowed('guest', 'v1')).toBe(true);
    expect(allowed('guest', 'v1', 'screen')).toBe(false);
    expect(allowed('guest', 'a1', 'screen')).toBe(false);
    expect(allowed('guest', 'a1', 'audioplaylist')).toBe(true);
    expect(allowed('audience', 'a1')).toBe(false);
    expect(allowed('viewer', 'v1')).toBe(false);
  });

  it('ROOM10: takes what a track says of itself, not the key it is filed under', () => {
    const session = makeSession();
    enter(session, 'a', 'guest');
    const screen = makeTrack('v2', { source: 'screen' });
    const permitted = permittedTracks(session, 'a', { a1: makeTrack('a1'), v9: makeTrack('v1'), a5: screen });
    expect([...permitted.keys()]).toEqual(['a1', 'v1']);
  });

  it('ROOM11: closes a track whose permission went while it was being received', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'guest');
    requestRoleChange(session, 'a', { requested_for: 'b', role: 'viewer', force: true }, 0);
    expect(outline(publishTracks(session, 'b', [makeTrack('a1')], 0))).toEqual(['close a1 of b']);
    expect(visibleTracks(session, 'a').size).toBe(0);
  });
});

describe('who is told of a track', () => {
  it('ROOM12: those whose role subscribes to the publisher’s role, never the publisher', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'guest');
    enter(session, 'c', 'audience');
    enter(session, 'd', 'viewer');
    const effects = publishTracks(session, 'b', [makeTrack('a1')], 0);
    expect(outline(effects)).toEqual(['a,c <- on-track-add', 'subscriptions of a,c', 'membershipChanged']);
    expect(sent(effects, 'on-track-add')).toMatchObject({ peer: { peer_id: 'b', role: 'guest' }, tracks: { a1: {} } });
    expect([...visibleTracks(session, 'c').keys()]).toEqual(['a1']);
    expect(visibleTracks(session, 'b').size).toBe(0);
    expect(visibleTracks(session, 'd').size).toBe(0);
    expect(visibleTracks(session, 'x').size).toBe(0);
    expect(outline(unpublishTracks(session, 'b', ['a1', 'unknown']))).toEqual([
      'a,c <- on-track-remove',
      'subscriptions of a,c',
      'membershipChanged',
    ]);
    expect(unpublishTracks(session, 'b', ['a1'])).toEqual([]);
    expect(unpublishTracks(session, 'gone', ['a1'])).toEqual([]);
  });

  it('ROOM13: of mute and description only, and only when they changed', () => {
    const session = makeSession();
    enter(session, 'a', 'host', 'a1', 'v1');
    enter(session, 'b', 'audience');
    const lie = makeTrack('a1', { mute: true, type: 'video', stream_id: 'other', source: 'screen' });
    const effects = updateTracks(session, 'a', { a1: lie, v1: makeTrack('v1'), x: makeTrack('x') });
    expect(outline(effects)).toEqual(['mute a1 of a', 'b <- on-track-update']);
    expect(sent(effects, 'on-track-update')).toMatchObject({ tracks: { a1: makeTrack('a1', { mute: true }) } });
    expect(updateTracks(session, 'a', { a1: makeTrack('a1', { mute: true }) })).toEqual([]);
    const described = updateTracks(session, 'a', { a1: makeTrack('a1', { mute: true, description: 'hall' }) });
    expect(outline(described)).toEqual(['b <- on-track-update']);
  });

  it('ROOM14: again of everything, when a client forgot', () => {
    const session = makeSession();
    enter(session, 'a', 'host', 'a1');
    enter(session, 'b', 'guest', 'a2');
    enter(session, 'c', 'audience');
    expect(outline(announceAgain(session, 'c'))).toEqual(['c <- on-track-add', 'c <- on-track-add']);
    expect(outline(announceAgain(session, 'a'))).toEqual(['a <- on-track-add']);
  });
});

describe('speakers', () => {
  const level = (peerId: string, trackId: string, value = 50) => ({ peerId, trackId, level: value });

  it('ROOM15: are told to those who hear them and to themselves, loudest first', () => {
    const session = makeSession();
    enter(session, 'a', 'host', 'a1');
    enter(session, 'b', 'guest', 'a2');
    enter(session, 'c', 'audience');
    enter(session, 'd', 'viewer');
    const effects = updateSpeakers(session, [level('b', 'a2', 80), level('a', 'a1', 20), level('z', 'a9')]);
    expect(outline(effects).sort()).toEqual(['a <- active-speakers', 'b <- active-speakers', 'c <- active-speakers']);
    for (const effect of effects) {
      expect(effect.type === 'notify' && effect.notification.params).toEqual({
        'speaker-list': [
          { peer_id: 'b', track_id: 'a2', level: 80 },
          { peer_id: 'a', track_id: 'a1', level: 20 },
        ],
      });
    }
  });

  it('ROOM15: silence is told once', () => {
    const session = makeSession();
    enter(session, 'a', 'host', 'a1');
    enter(session, 'c', 'audience');
    expect(updateSpeakers(session, [])).toEqual([]);
    updateSpeakers(session, [level('a', 'a1')]);
    const quiet = updateSpeakers(session, []);
    expect(quiet.flatMap((effect) => (effect.type === 'notify' ? effect.to : [])).sort()).toEqual(['a', 'c']);
    expect(sent(quiet.slice(0, 1), 'active-speakers')).toEqual({ 'speaker-list': [] });
    expect(updateSpeakers(session, [])).toEqual([]);
  });
});
