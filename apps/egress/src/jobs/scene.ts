import { arrange, PICTURE_ALIGNMENT, type Size, type StageItem } from '@amphi/layout';
import type { Composition, LayoutName } from '@amphi/protocol';
import { TILE_GAP } from '../pipeline/geometry.ts';
import type { Scene, SceneItem } from '../pipeline/messages.ts';
import type { Stage, StageTrack } from '../session/stage.ts';

/** Sources that can be shown or heard: those whose RTP arrives. */
export type ConnectedSources = ReadonlySet<string>;

/** What the stream shows and plays of a stage: a tile a person, a tile a shared screen; everyone unmuted is heard. */
export function sceneOf(stage: Stage, connected: ConnectedSources, layout: LayoutName): Scene {
  // A grid looks the same whoever speaks: no reason to draw it anew.
  const activeId = layout === 'grid' ? undefined : stage.dominantSpeaker;
  const items: SceneItem[] = [];
  const audioSourceIds: string[] = [];
  for (const person of stage.people()) {
    const tracks = stage.tracksOf(person.peerId);
    const visible = (track: StageTrack | undefined): string | undefined =>
      track && !track.muted && connected.has(track.trackId) ? track.trackId : undefined;
    const microphone = tracks.find((track) => track.kind === 'audio' && track.source !== 'screen');
    items.push({
      id: person.peerId,
      kind: 'person',
      name: person.name,
      videoSourceId: visible(tracks.find((track) => track.kind === 'video' && track.source !== 'screen')),
      audioMuted: microphone?.muted ?? true,
    });
    const screen = visible(tracks.find((track) => track.kind === 'video' && track.source === 'screen'));
    if (screen) {
      items.push({
        id: screen,
        kind: 'screen',
        name: person.name,
        videoSourceId: screen,
        audioMuted: false,
      });
    }
    for (const track of tracks) {
      if (track.kind === 'audio' && !track.muted && connected.has(track.trackId)) audioSourceIds.push(track.trackId);
    }
  }
  return { items, audioSourceIds, activeId };
}

/** Highest simulcast layer worth having for a tile: the smallest that is not enlarged by more than a third. */
export function layerForTile(tileHeight: number): 0 | 1 | 2 {
  // Layers of a 720p camera are 180, 360 and 720 lines high.
  if (tileHeight <= 240) return 0;
  return tileHeight <= 480 ? 1 : 2;
}

/** Layer wishes by video source; sources without a tile want the lowest. */
export function wantedLayers(scene: Scene, canvas: Size, composition: Composition): Map<string, 0 | 1 | 2> {
  const items: StageItem[] = scene.items.map(({ id, kind }) => ({ id, kind }));
  const tiles = arrange(items, canvas, {
    layout: composition.layout,
    tileAspectRatio: composition.tileAspectRatio,
    gap: TILE_GAP,
    align: PICTURE_ALIGNMENT,
    ...(scene.activeId === undefined ? {} : { activeId: scene.activeId }),
  });
  const heights = new Map(tiles.map((tile) => [tile.id, tile.height]));
  const layers = new Map<string, 0 | 1 | 2>();
  for (const item of scene.items) {
    if (item.videoSourceId) layers.set(item.videoSourceId, layerForTile(heights.get(item.id) ?? 0));
  }
  return layers;
}
