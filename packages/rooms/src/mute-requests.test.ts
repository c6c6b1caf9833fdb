import { describe, expect, it } from 'vitest';
import { enter, makeRole, makeSession, outline, ROLES, sent } from '../test/session-fixture.ts';
import { requestMuteOfMany, requestTrackMute, type Session, updateTracks } from './index.ts';

const stage = (): Session => {
  const { host } = ROLES;
  const session = makeSession({
    roles: {
      ...ROLES,
      chair: makeRole('chair', {
        publishParams: { allowed: ['audio', 'video'] },
        subscribeParams: host!.subscribeParams,
        permissions: { mute: true, unmute: true },
      }),
      muter: makeRole('muter', { permissions: { mute: true } }),
    },
  });
  enter(session, 'c', 'chair', 'a0');
  enter(session, 'a', 'host', 'a1', 'v1');
  enter(session, 'b', 'guest', 'a2');
  return session;
};

const isMuted = (session: Session, peerId: string, trackId: string) =>
  session.members.get(peerId)?.tracks.get(trackId)?.mute;
const ask = (session: Session, mute: boolean, by = 'c') =>
  requestTrackMute(session, by, { requested_for: 'a', track_id: 'a1', mute });

describe('muting others', () => {
  it('ROOM80: a mute is done at once and told to the owner', () => {
    const session = stage();
    const effects = ask(session, true);
    expect(outline(effects)).toEqual(['mute a1 of a', 'b,c <- on-track-update', 'a <- on-track-update-request']);
    expect(sent(effects, 'on-track-update-request')).toEqual({
      requested_by: 'c',
      track_id: 'a1',
      stream_id: 's-a1',
      mute: true,
    });
    expect(isMuted(session, 'a', 'a1')).toBe(true);
    // The owner's client says the same after that: no news.
    const track = session.members.get('a')!.tracks.get('a1')!;
    expect(updateTracks(session, 'a', { a1: track })).toEqual([]);
    expect(ask(session, true)).toEqual([]);
  });

  it('ROOM81: an unmute asks the owner, and changes nothing', () => {
    const session = stage();
    ask(session, true);
    const effects = ask(session, false);
    expect(outline(effects)).toEqual(['a <- on-track-update-request']);
    expect(isMuted(session, 'a', 'a1')).toBe(true);
  });

  it('ROOM82: needs mute or unmute, a peer and a track', () => {
    const session = stage();
    enter(session, 'm', 'muter');
    expect(() => ask(session, true, 'b')).toThrow('permission mute');
    ask(session, true, 'm');
    expect(() => ask(session, false, 'm')).toThrow('permission unmute');
    expect(() => requestTrackMute(session, 'c', { requested_for: 'x', track_id: 'a1', mute: true })).toThrow(
      'no peer x',
    );
    expect(() => requestTrackMute(session, 'c', { requested_for: 'b', track_id: 'a1', mute: true })).toThrow(
      'no track a1 of peer b',
    );
    expect(() => requestMuteOfMany(session, 'b', { value: true })).toThrow('permission mute');
    expect(() => requestMuteOfMany(session, 'c', { value: true, roles: ['king'] })).toThrow('"king"');
  });

  it('ROOM83: of many: those of a kind, a source, roles; never the caller', () => {
    const session = stage();
    const audio = requestMuteOfMany(session, 'c', { value: true, type: 'audio' });
    expect(outline(audio).at(-1)).toBe('a,b <- on-change-track-mute-state-request');
    expect(sent(audio, 'on-change-track-mute-state-request')).toEqual({
      requested_by: 'c',
      type: 'audio',
      value: true,
    });
    expect([isMuted(session, 'a', 'a1'), isMuted(session, 'a', 'v1'), isMuted(session, 'b', 'a2')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(isMuted(session, 'c', 'a0')).toBe(false);
    expect(requestMuteOfMany(session, 'c', { value: true, type: 'audio' })).toEqual([]);
    expect(requestMuteOfMany(session, 'c', { value: true, source: 'screen' })).toEqual([]);
    const guests = requestMuteOfMany(session, 'c', { value: false, roles: ['guest'] });
    expect(outline(guests)).toEqual(['b <- on-change-track-mute-state-request']);
    expect(isMuted(session, 'b', 'a2')).toBe(true);
  });
});
