import { initialState, type RemotePeer, type RemoteTrack, type SessionState } from '@amphi/client';
import { planPicture } from '@amphi/layout';
import { composition } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { streamItems } from './stream-items.ts';

const peer = (id: string, joinedAt: number): RemotePeer => ({
  id,
  name: `Name of ${id}`,
  data: '',
  userId: '',
  roleName: 'host',
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

const start = initialState('me');
const onStage = { ...start.self, name: 'Me', level: 'stage' as const };

function idsOf(part: Partial<SessionState>): readonly string[] {
  return streamItems({ ...start, ...part }).map(({ id }) => id);
}

describe('the tiles of the stream', () => {
  it('EG7 EG37: are those of people who send something, in the order they came', () => {
    const peers = { b: peer('b', 2), a: peer('a', 1), never: peer('never', 0) };
    const tracks = { tb: track('tb', 'b'), ta: track('ta', 'a', { kind: 'audio', isMuted: true }) };
    expect(idsOf({ peers, tracks })).toEqual(['a', 'b']);
  });

  it('have ourselves once we send something', () => {
    expect(idsOf({ self: onStage })).toEqual([]);
    const captured = {} as MediaStreamTrack;
    expect(idsOf({ self: onStage, microphone: { ...start.microphone, track: captured } })).toEqual(['me']);
    expect(idsOf({ self: { ...onStage, level: 'stream' }, camera: { ...start.camera, track: captured } })).toEqual([]);
  });

  it('EG36: have each further camera that is on, and each screen', () => {
    const tracks = {
      extra: track('extra', 'a', { source: 'desk' }),
      usual: track('usual', 'a'),
      screen: track('screen', 'a', { source: 'screen' }),
      off: track('off', 'a', { source: 'door', isMuted: true }),
    };
    expect(idsOf({ peers: { a: peer('a', 1) }, tracks })).toEqual(['a', 'extra', 'screen']);
    expect(idsOf({ peers: { a: peer('a', 1) }, tracks: { extra: tracks.extra } })).toEqual(['a']);
  });

  it('LY9: are as many in the plan of its picture', () => {
    const peers = { a: peer('a', 1), b: peer('b', 2), silent: peer('silent', 3) };
    const items = streamItems({ ...start, peers, tracks: { ta: track('ta', 'a'), tb: track('tb', 'b') } });
    expect(planPicture(items, composition.parse({})).tiles.map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
