import { initialState, type RemotePeer, type RemoteTrack, type SessionState } from '@amphi/client';
import { role } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { areTilesEqual, stageTiles, withoutVideo } from './stage-items.ts';

const roles = {
  host: role.parse({ name: 'host', publishParams: { allowed: ['audio', 'video', 'screen'] } }),
  viewer: role.parse({ name: 'viewer' }),
};

const peer = (id: string, roleName: string, joinedAt: number): RemotePeer => ({
  id,
  name: id,
  data: '',
  userId: '',
  roleName,
  groups: [],
  handRaisedAt: undefined,
  joinedAt,
});

const track = (id: string, peerId: string, part: Partial<RemoteTrack> = {}): RemoteTrack => ({
  id,
  streamId: 's',
  peerId,
  kind: 'video',
  source: 'regular',
  isMuted: false,
  isDegraded: false,
  isUnplayable: false,
  layer: undefined,
  media: undefined,
  ...part,
});

function state(part: Partial<SessionState>): SessionState {
  return { ...initialState('me'), roles, ...part };
}

describe('the stage', () => {
  it('has ourselves first, then others in the order they came, without the audience', () => {
    const self = { ...initialState('me').self, name: 'Me', level: 'stage' as const };
    const peers = { b: peer('b', 'host', 2), a: peer('a', 'host', 1), v: peer('v', 'viewer', 0) };
    expect(stageTiles(state({ self, peers })).map(({ id }) => id)).toEqual(['me', 'a', 'b']);
  });

  it('shows a person before and without anything published', () => {
    expect(stageTiles(state({ peers: { a: peer('a', 'host', 1) } }))).toMatchObject([
      { id: 'a', hasVideo: false, isMuted: true, isDegraded: false },
    ]);
  });

  it('tells a camera that is off from one that does not arrive', () => {
    const peers = { a: peer('a', 'host', 1), b: peer('b', 'host', 2), c: peer('c', 'host', 3) };
    const tracks = {
      ta: track('ta', 'a', { isMuted: true }),
      tb: track('tb', 'b', { isDegraded: true }),
      tc: track('tc', 'c'),
      mc: track('mc', 'c', { kind: 'audio' }),
    };
    expect(stageTiles(state({ peers, tracks }))).toMatchObject([
      { hasVideo: false, isDegraded: false },
      { hasVideo: false, isDegraded: true },
      { hasVideo: true, videoId: 'tc', isMuted: false },
    ]);
  });

  it('has shared screens after the people', () => {
    const peers = { a: peer('a', 'host', 1), b: peer('b', 'host', 2) };
    const tracks = { s: track('s', 'a', { source: 'screen' }) };
    expect(stageTiles(state({ peers, tracks })).map(({ kind, id }) => [kind, id])).toEqual([
      ['person', 'a'],
      ['person', 'b'],
      ['screen', 's'],
    ]);
  });

  it('has each of the screens that one person shares', () => {
    const peers = { a: peer('a', 'host', 1) };
    const screen = { source: 'screen' };
    const tracks = { s: track('s', 'a', screen), c: track('c', 'a'), t: track('t', 'a', screen) };
    expect(stageTiles(state({ peers, tracks })).map(({ kind, id }) => [kind, id])).toEqual([
      ['person', 'a'],
      ['screen', 's'],
      ['screen', 't'],
    ]);
  });

  it('STG6: has a note for our own screen only while nobody else shares one', () => {
    const self = { ...initialState('me').self, name: 'Me', level: 'stage' as const };
    const screen = { ...initialState('me').screen, status: 'on' as const };
    const peers = { a: peer('a', 'host', 1) };
    const screens = (part: Partial<SessionState>) =>
      stageTiles(state({ self, screen, peers, ...part })).flatMap(({ kind, id }) => (kind === 'screen' ? [id] : []));
    expect(screens({})).toEqual(['me/screen']);
    expect(screens({ tracks: { s: track('s', 'a', { source: 'screen' }) } })).toEqual(['s']);
  });

  it('STG4: holds back what others send, and nothing of our own, where no video is to be received', () => {
    const peers = { a: peer('a', 'host', 1), b: peer('b', 'host', 2) };
    const tracks = {
      va: track('va', 'a'),
      s: track('s', 'a', { source: 'screen' }),
      vb: track('vb', 'b', { isMuted: true }),
    };
    const tiles = withoutVideo(stageTiles(state({ peers, tracks })));
    expect(tiles).toMatchObject([
      { id: 'a', videoId: undefined, hasVideo: false, isHeldBack: true },
      { id: 'b', videoId: undefined, hasVideo: false, isHeldBack: false },
      { id: 's', videoId: undefined, isHeldBack: true },
    ]);
    const self = { ...initialState('me').self, name: 'Me', level: 'stage' as const };
    const [own] = stageTiles(state({ self, peers: {} })).map((tile) => ({ ...tile, hasVideo: true }));
    expect(withoutVideo([own!])).toEqual([own]);
  });

  it('is the same when nothing that is shown has changed', () => {
    const peers = { a: peer('a', 'host', 1) };
    const first = stageTiles(state({ peers }));
    expect(areTilesEqual(first, stageTiles(state({ peers, speakers: { a: 3 } })))).toBe(true);
    expect(areTilesEqual(first, stageTiles(state({ peers: {} })))).toBe(false);
  });
});
