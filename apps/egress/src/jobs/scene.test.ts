import { type Composition, composition, role } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { Stage } from '../session/stage.ts';
import {
  highestLayers,
  layerForTile,
  MAX_WHOLE_PICTURES,
  receptionOf,
  sceneOf,
  sceneShown,
  wantedLayers,
} from './scene.ts';

type Track = { type: 'audio' | 'video'; source?: string; mute?: boolean };

const info = (peerId: string) => ({
  peer_id: peerId,
  role: 'host',
  groups: [],
  info: { name: peerId.toUpperCase(), data: '', user_id: peerId, type: 'regular' as const },
});

const states = (tracks: Record<string, Track>) =>
  Object.fromEntries(
    Object.entries(tracks).map(([id, { type, source = 'regular', mute = false }]) => [
      id,
      { track_id: id, stream_id: 's', type, source, description: '', mute },
    ]),
  );

const peer = (peerId: string, joinedAt: number, tracks: Record<string, Track>) => ({
  ...info(peerId),
  joined_at: joinedAt,
  realtime: true,
  tracks: states(tracks),
});

const off = { enabled: false, state: 'none' } as const;
const room = {
  name: '',
  session_id: 's',
  started_at: 1,
  recording: { sfu: off, browser: off, hls: off },
  streaming: { enabled: false, rtmp: off, hls: { enabled: false, variants: [] } },
  transcriptions: [],
};

/** Time of all stages; `speak` takes as long as a report does. */
let now = 0;

function stageOf(...peers: ReturnType<typeof peer>[]): Stage {
  const stage = new Stage('composer', () => now);
  stage.apply({
    method: 'peer-list',
    params: { peers: Object.fromEntries(peers.map((each) => [each.peer_id, each])), room },
  });
  return stage;
}

const speak = (stage: Stage, ...peerIds: string[]) => {
  now += 600;
  return stage.apply({
    method: 'active-speakers',
    params: { 'speaker-list': peerIds.map((peerId) => ({ peer_id: peerId, track_id: '', level: 60 })) },
  });
};

const ALL = new Set(['a1', 'v1', 'a2', 'v2', 'sv', 'sa']);

describe('scene', () => {
  it('gives people with tracks a tile, in the order they joined', () => {
    const stage = stageOf(
      peer('late', 20, { a2: { type: 'audio' } }),
      peer('early', 10, { v1: { type: 'video' } }),
      peer('viewer', 5, {}),
    );
    expect(sceneOf(stage, ALL, 'grid')).toEqual({
      items: [
        { id: 'early', kind: 'person', name: 'EARLY', videoSourceId: 'v1', audioMuted: true },
        { id: 'late', kind: 'person', name: 'LATE', videoSourceId: undefined, audioMuted: false },
      ],
      audioSourceIds: ['a2'],
      activeId: undefined,
    });
  });

  it('shows no camera that is off or not received yet, and plays no muted microphone', () => {
    const stage = stageOf(
      peer('a', 1, { v1: { type: 'video', mute: true }, a1: { type: 'audio', mute: true } }),
      peer('b', 2, { v2: { type: 'video' }, a2: { type: 'audio' } }),
    );
    const scene = sceneOf(stage, new Set(['v1', 'a1', 'a2']), 'grid');
    expect(scene.items.map((item) => item.videoSourceId)).toEqual([undefined, undefined]);
    expect(scene.items.map((item) => item.audioMuted)).toEqual([true, false]);
    expect(scene.audioSourceIds).toEqual(['a2']);
  });

  it('EG45: in a break shows and plays nobody', () => {
    const stage = stageOf(peer('a', 1, { v1: { type: 'video' }, a1: { type: 'audio' } }));
    const onStage = sceneOf(stage, ALL, 'grid');
    expect(sceneShown(onStage, { standBy: false })).toBe(onStage);
    expect(sceneShown(onStage, { standBy: true })).toMatchObject({ items: [], audioSourceIds: [] });
  });

  it('EG36: each further camera of a person has a tile of its own, the usual one is the person', () => {
    const tracks = { v2: { type: 'video', source: 'desk' }, v1: { type: 'video' }, a1: { type: 'audio' } } as const;
    const tiles = (stage: Stage) => sceneOf(stage, ALL, 'grid').items.map((item) => [item.id, item.videoSourceId]);
    expect(tiles(stageOf(peer('a', 1, tracks), peer('b', 2, { a2: { type: 'audio' } })))).toEqual([
      ['a', 'v1'],
      ['v2', 'v2'],
      ['b', undefined],
    ]);
    expect(tiles(stageOf(peer('a', 1, { ...tracks, v1: { type: 'video', mute: true } })))).toEqual([['a', 'v2']]);
  });

  it('EG37: people stand in the order in which they came on stage, also when one was in the room before the others', () => {
    const stage = stageOf(
      peer('viewer', 1, {}),
      peer('a', 2, { a1: { type: 'audio' } }),
      peer('b', 3, { a2: { type: 'audio' } }),
    );
    const order = () => sceneOf(stage, ALL, 'grid').items.map(({ id }) => id);
    const publish = (peerId: string, tracks: Record<string, Track>) =>
      stage.apply({ method: 'on-track-add', params: { peer: info(peerId), tracks: states(tracks) } });
    publish('viewer', { v1: { type: 'video' } });
    expect(order()).toEqual(['a', 'b', 'viewer']);
    // A publisher whose connection is made anew has no tracks for a moment.
    stage.apply({ method: 'on-track-remove', params: { peer: info('a'), tracks: states({ a1: { type: 'audio' } }) } });
    expect(order()).toEqual(['b', 'viewer']);
    publish('a', { a1: { type: 'audio' } });
    expect(order()).toEqual(['a', 'b', 'viewer']);
    // Who was sent to the audience and comes back is the last.
    stage.apply({ method: 'on-track-remove', params: { peer: info('a'), tracks: states({ a1: { type: 'audio' } }) } });
    stage.apply({ method: 'on-peer-update', params: { ...info('a'), role: 'viewer', realtime: true } });
    publish('a', { a1: { type: 'audio' } });
    expect(order()).toEqual(['b', 'viewer', 'a']);
  });

  it('shows each of several screens of one person', () => {
    const screen = { type: 'video', source: 'screen' } as const;
    const stage = stageOf(peer('a', 1, { s1: screen, s2: { ...screen, mute: true }, s3: screen }));
    const connected = new Set(['s1', 's2', 's3']);
    const shown = sceneOf(stage, connected, 'grid').items.filter(({ kind }) => kind === 'screen');
    expect(shown.map(({ id, videoSourceId }) => [id, videoSourceId])).toEqual([
      ['s1', 's1'],
      ['s3', 's3'],
    ]);
  });

  it('adds a screen as an item of its own, and its sound', () => {
    const stage = stageOf(
      peer('a', 1, {
        v1: { type: 'video' },
        sv: { type: 'video', source: 'screen' },
        sa: { type: 'audio', source: 'screen' },
      }),
    );
    const scene = sceneOf(stage, ALL, 'grid');
    expect(scene.items.map(({ id, kind }) => [id, kind])).toEqual([
      ['a', 'person'],
      ['sv', 'screen'],
    ]);
    expect(scene.audioSourceIds).toEqual(['sa']);
  });

  it('keeps the last speaker in front through silence, until they leave the stage', () => {
    const stage = stageOf(peer('a', 1, { a1: { type: 'audio' } }), peer('b', 2, { a2: { type: 'audio' } }));
    const active = () => sceneOf(stage, ALL, 'active_speaker').activeId;
    expect(active()).toBeUndefined();
    speak(stage, 'nobody', 'b');
    expect(active()).toBe('b');
    speak(stage);
    expect(active()).toBe('b');
    expect(sceneOf(stage, ALL, 'grid').activeId).toBeUndefined();
    stage.apply({ method: 'on-track-remove', params: { peer: info('b'), tracks: states({ a2: { type: 'audio' } }) } });
    expect(active()).toBeUndefined();
  });

  it('EG28: brings another speaker to the front after a while, and draws nothing anew before', () => {
    const stage = stageOf(peer('a', 1, { a1: { type: 'audio' } }), peer('b', 2, { a2: { type: 'audio' } }));
    expect(speak(stage, 'a')).toBe(true);
    const changes = Array.from({ length: 6 }, () => speak(stage, 'b'));
    expect(changes).toEqual([false, false, false, true, false, false]);
    expect(sceneOf(stage, ALL, 'active_speaker').activeId).toBe('b');
    // Over each other: nobody else comes to the front.
    expect(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? speak(stage, 'a', 'b') : speak(stage, 'b', 'a'))),
    ).not.toContain(true);
  });

  it('follows changes of names, tracks and mutes', () => {
    const stage = stageOf(peer('a', 1, { v1: { type: 'video' } }));
    const anna = { ...info('a'), info: { ...info('a').info, name: 'Anna' } };
    stage.apply({ method: 'on-peer-update', params: { ...anna, realtime: true } });
    stage.apply({
      method: 'on-track-update',
      params: { peer: anna, tracks: states({ v1: { type: 'video', mute: true }, a1: { type: 'audio' } }) },
    });
    stage.apply({ method: 'on-peer-join', params: peer('b', 2, { v2: { type: 'video' } }) });
    stage.apply({ method: 'on-peer-update', params: { ...info('stranger'), realtime: true } });
    expect(sceneOf(stage, ALL, 'grid').items).toEqual([
      { id: 'a', kind: 'person', name: 'Anna', videoSourceId: undefined, audioMuted: false },
      { id: 'b', kind: 'person', name: 'B', videoSourceId: 'v2', audioMuted: true },
    ]);
    stage.apply({ method: 'on-peer-leave', params: { peer_id: 'a' } });
    expect(sceneOf(stage, ALL, 'grid').items.map((item) => item.id)).toEqual(['b']);
  });
});

const HD = { width: 1280, height: 720 };
const GRID = composition.parse({});
const ACTIVE_SPEAKER = composition.parse({ layout: 'active_speaker' });

describe('layers', () => {
  const tile = (height: number) => ({ width: Math.round((height * 16) / 9), height });

  it('EG14: fit the tile in those of a 720p camera when nothing else is known', () => {
    expect([90, 239, 241, 479, 481, 1080].map((height) => layerForTile(tile(height)))).toEqual([0, 0, 1, 1, 2, 2]);
    // An upright tile of 480 lines has 152 of a wide camera that is shown whole, and 480 of one that is cropped.
    const upright = { width: 270, height: 480 };
    expect(layerForTile(upright)).toBe(0);
    expect(layerForTile(upright, { fit: 'crop' })).toBe(1);
    expect(layerForTile({ width: 405, height: 720 }, { fit: 'crop' })).toBe(2);
    expect(layerForTile(upright, { fit: 'crop', kind: 'screen' })).toBe(0);
    // A little is cropped by default: its height counts.
    expect(layerForTile({ width: 400, height: 400 })).toBe(0);
    expect(layerForTile({ width: 400, height: 400 }, { fit: 'crop' })).toBe(1);
    expect(layerForTile({ width: 640, height: 480 })).toBe(1);
  });

  it('EG14: fit the tile in those that the role sends', () => {
    const small = [
      { width: 160, height: 90 },
      { width: 640, height: 360 },
    ];
    expect([90, 120, 180, 480, 720].map((height) => layerForTile(tile(height), { layers: small }))).toEqual([
      0, 0, 1, 1, 1,
    ]);
  });

  it('are wanted high for the person in front and low for the others', () => {
    const stage = stageOf(peer('a', 1, { v1: { type: 'video' } }), peer('b', 2, { v2: { type: 'video' } }));
    speak(stage, 'b');
    const scene = sceneOf(stage, ALL, 'active_speaker');
    const wanted = wantedLayers(scene, { size: HD, composition: ACTIVE_SPEAKER }, stage);
    expect(Object.fromEntries(wanted)).toEqual({ v1: 0, v2: 2 });
  });

  it('EG14: are those of the role that the session tells', () => {
    const stage = stageOf(peer('a', 1, { v1: { type: 'video' } }));
    const wanted = () => wantedLayers(sceneOf(stage, ALL, 'grid'), { size: HD, composition: GRID }, stage);
    expect(wanted().get('v1')).toBe(2);
    const layers = [
      { rid: 'f', scaleResolutionDownBy: 1, maxFramerate: 30 },
      { rid: 'q', scaleResolutionDownBy: 4, maxFramerate: 15 },
    ];
    const publishParams = { video: { width: 1280, height: 720 }, simulcast: { video: { layers } } };
    stage.apply({
      method: 'on-policy-change',
      params: { name: 'host', template_id: 't', known_roles: { host: role.parse({ name: 'host', publishParams }) } },
    });
    expect(stage.layersOf('v1').map(({ height }) => height)).toEqual([180, 720]);
    expect(wanted().get('v1')).toBe(1);
  });
});

describe('reception', () => {
  const crowd = (count: number, more: (index: number) => Partial<Track> = () => ({})) =>
    stageOf(
      ...Array.from({ length: count }, (_, i) =>
        peer(`p${i}`, i, { [`a${i}`]: { type: 'audio' }, [`v${i}`]: { type: 'video', ...more(i) } }),
      ),
    );
  const idsOf = (stage: Stage, chosen: Composition = GRID) =>
    receptionOf(stage, [{ size: HD, composition: chosen }]).tracks.map((track) => track.trackId);

  it('EG22: has the sound of everyone, before any picture', () => {
    const ids = idsOf(crowd(17, () => ({ mute: true })));
    expect(ids.slice(0, 17)).toEqual(Array.from({ length: 17 }, (_, i) => `a${i}`));
    expect(
      receptionOf(
        crowd(17, () => ({ mute: true })),
        [{ size: HD, composition: GRID }],
      ).picturesLeftOut,
    ).toBe(0);
  });

  it('EG22: has the pictures that are drawn, and says how many are not', () => {
    const { tracks, picturesLeftOut } = receptionOf(crowd(18), [{ size: HD, composition: GRID }]);
    expect(tracks.filter((track) => track.kind === 'video').map((track) => track.trackId)).toEqual(
      Array.from({ length: MAX_WHOLE_PICTURES }, (_, i) => `v${i}`),
    );
    expect(picturesLeftOut).toBe(2);
  });

  it('EG22: has all that a grid shows of cameras with smaller layers, as the roles of this moment say', () => {
    const stage = crowd(60);
    expect(idsOf(stage).filter((id) => id.startsWith('v'))).toHaveLength(MAX_WHOLE_PICTURES);
    const withLayers = (...scales: number[]) => {
      const layers = scales.map((scale, i) => ({ rid: 'fhq'[i]!, scaleResolutionDownBy: scale, maxFramerate: 30 }));
      const publishParams = { video: { width: 1280, height: 720 }, simulcast: { video: { layers } } };
      stage.apply({
        method: 'on-policy-change',
        params: { name: 'host', template_id: 't', known_roles: { host: role.parse({ name: 'host', publishParams }) } },
      });
      return receptionOf(stage, [{ size: HD, composition: GRID }]);
    };
    const { tracks, picturesLeftOut } = withLayers(1, 2, 4);
    expect(tracks.filter((track) => track.kind === 'audio')).toHaveLength(60);
    expect(tracks.filter((track) => track.kind === 'video').map((track) => track.trackId)).toEqual(
      Array.from({ length: 49 }, (_, i) => `v${i}`),
    );
    expect(picturesLeftOut).toBe(0);
    // Half as wide is four times fewer pixels: 64 of them would fit.
    expect(withLayers(1, 2).picturesLeftOut).toBe(0);
    expect(withLayers(1).picturesLeftOut).toBe(49 - MAX_WHOLE_PICTURES);
  });

  it('EG22: goes by the layers that come, where they are fewer than those of the role', () => {
    const stage = crowd(20);
    const layers = [1, 2, 4].map((scale, i) => ({ rid: 'fhq'[i]!, scaleResolutionDownBy: scale, maxFramerate: 30 }));
    const publishParams = { video: { width: 1280, height: 720 }, simulcast: { video: { layers } } };
    stage.apply({
      method: 'on-policy-change',
      params: { name: 'host', template_id: 't', known_roles: { host: role.parse({ name: 'host', publishParams }) } },
    });
    const heights = () => stage.layersOf('v0').map(({ height }) => height);
    const leftOut = () => receptionOf(stage, [{ size: HD, composition: GRID }]).picturesLeftOut;
    expect([heights(), leftOut()]).toEqual([[180, 360, 720], 0]);
    expect(stage.comesInLayers('v0', 3)).toBe(true);
    expect(stage.comesInLayers('v0', 3)).toBe(false);
    expect(heights()).toEqual([180, 360, 720]);
    expect(stage.comesInLayers('v0', 2)).toBe(true);
    expect(heights()).toEqual([360, 720]);
    for (let i = 0; i < 20; i++) stage.comesInLayers(`v${i}`, 1);
    expect([heights(), leftOut()]).toEqual([[720], 4]);
    // What is not on stage says nothing, and what leaves it is forgotten.
    expect(stage.comesInLayers('toString', 1)).toBe(false);
    const track = { v0: { type: 'video' } } as const;
    stage.apply({ method: 'on-track-remove', params: { peer: info('p0'), tracks: states(track) } });
    expect(heights()).toEqual([]);
    stage.apply({ method: 'on-track-add', params: { peer: info('p0'), tracks: states(track) } });
    expect(heights()).toEqual([180, 360, 720]);
  });

  it('EG22: prefers cameras that are on to those that are off, and whoever is in front', () => {
    expect(idsOf(crowd(18, (i) => ({ mute: i < 2 })))).not.toContain('v1');
    const stage = crowd(18);
    speak(stage, 'p17');
    expect(idsOf(stage)).not.toContain('v17');
    expect(idsOf(stage, ACTIVE_SPEAKER)).toContain('v17');
  });

  it('EG46: has what one of two pictures shows large, once, in the layer that the larger tile wants', () => {
    const stage = crowd(18);
    speak(stage, 'p17');
    const grid = { size: HD, composition: GRID };
    const speaker = { size: { width: 720, height: 1280 }, composition: ACTIVE_SPEAKER };
    const ids = receptionOf(stage, [grid, speaker]).tracks.map(({ trackId }) => trackId);
    expect(ids).toContain('v17');
    expect(new Set(ids).size).toBe(ids.length);
    const wishes = [grid, speaker].map((view) =>
      wantedLayers(sceneOf(stage, new Set(ids), view.composition.layout), view, stage),
    );
    expect(wishes.map((wish) => wish.get('v17'))).toEqual([0, 1]);
    expect(highestLayers(wishes).get('v17')).toBe(1);
  });
});
