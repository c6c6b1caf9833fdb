import { describe, expect, it } from 'vitest';
import { Stage } from '../session/stage.ts';
import { layerForTile, sceneOf, wantedLayers } from './scene.ts';

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

function stageOf(...peers: ReturnType<typeof peer>[]): Stage {
  const stage = new Stage();
  stage.replaceAll(Object.fromEntries(peers.map((each) => [each.peer_id, each])));
  return stage;
}

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
    stage.speakersChanged([{ peer_id: 'nobody' }, { peer_id: 'b' }]);
    expect(active()).toBe('b');
    stage.speakersChanged([]);
    expect(active()).toBe('b');
    expect(sceneOf(stage, ALL, 'grid').activeId).toBeUndefined();
    stage.tracksRemoved('b', ['a2']);
    expect(active()).toBeUndefined();
  });

  it('follows changes of names, tracks and mutes', () => {
    const stage = stageOf(peer('a', 1, { v1: { type: 'video' } }));
    stage.peerUpdated({ ...info('a'), info: { ...info('a').info, name: 'Anna' } });
    stage.tracksChanged(
      { ...info('a'), info: { ...info('a').info, name: 'Anna' } },
      states({ v1: { type: 'video', mute: true }, a1: { type: 'audio' } }),
    );
    stage.peerJoined(peer('b', 2, { v2: { type: 'video' } }));
    stage.peerUpdated(info('stranger'));
    expect(sceneOf(stage, ALL, 'grid').items).toEqual([
      { id: 'a', kind: 'person', name: 'Anna', videoSourceId: undefined, audioMuted: false },
      { id: 'b', kind: 'person', name: 'B', videoSourceId: 'v2', audioMuted: true },
    ]);
    stage.peerLeft('a');
    expect(sceneOf(stage, ALL, 'grid').items.map((item) => item.id)).toEqual(['b']);
  });
});

describe('layers', () => {
  it('fit the height of the tile', () => {
    expect([90, 240, 241, 480, 481, 1080].map(layerForTile)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('are wanted high for the person in front and low for the others', () => {
    const stage = stageOf(peer('a', 1, { v1: { type: 'video' } }), peer('b', 2, { v2: { type: 'video' } }));
    stage.speakersChanged([{ peer_id: 'b' }]);
    const composition = { layout: 'active_speaker', tileAspectRatio: '16:9', videoAspectRatio: '16:9' } as const;
    const wanted = wantedLayers(sceneOf(stage, ALL, 'active_speaker'), { width: 1280, height: 720 }, composition);
    expect(Object.fromEntries(wanted)).toEqual({ v1: 0, v2: 2 });
  });
});
