import { arrange, MAX_GRID_TILES, PICTURE_ALIGNMENT, placePicture, type Size } from '@amphi/layout';
import type { Composition, LayoutName, TileFit } from '@amphi/protocol';
import type { Scene, SceneItem } from '../pipeline/messages.ts';
import type { SeenStage } from '../session/page-stage.ts';
import type { StageTrack } from '../session/stage.ts';

/** Sources that can be shown or heard: those whose RTP arrives. */
export type ConnectedSources = ReadonlySet<string>;

/** Of a camera or screen of which no smaller layers are known. */
const WHOLE_PICTURE: Size = { width: 1280, height: 720 };
/**
 * Cameras and screens that are received at most, whole ones: decoding more would starve the stream. Of those with smaller layers it is
 * as many as have so many pixels in all, up to what a grid has tiles. Sound has no such bound.
 */
export const MAX_WHOLE_PICTURES = 16;
const MAX_PIXELS = MAX_WHOLE_PICTURES * areaOf(WHOLE_PICTURE);

/** The tile of what is not drawn. */
const NOTHING: Size = { width: 0, height: 0 };
const NOBODY: Scene = { items: [], audioSourceIds: [], activeId: undefined };

/** What is drawn and played of who is on stage: in a break nobody, so that the slate stands there. */
export function sceneShown(onStage: Scene, { standBy }: Pick<Composition, 'standBy'>): Scene {
  return standBy ? NOBODY : onStage;
}

/** A page is its own look: it fills the picture, and of the composition only background, logo and break are left. */
export function pageComposition(composition: Composition): Composition {
  return { ...composition, layout: 'single', tileFit: 'fit', gap: 0, margin: 0, showNames: false };
}

/** What the stream shows and plays of a stage: a tile a person and each further camera of theirs, a tile a shared screen; everyone unmuted is heard. */
export function sceneOf(stage: SeenStage, connected: ConnectedSources, layout: LayoutName): Scene {
  // A grid looks the same whoever speaks: no reason to draw it anew.
  const activeId = layout === 'grid' ? undefined : stage.dominantSpeaker;
  const items: SceneItem[] = [];
  const audioSourceIds: string[] = [];
  for (const person of stage.people()) {
    const tracks = stage.tracksOf(person.peerId);
    const visible = (track: StageTrack | undefined): string | undefined =>
      track && !track.muted && connected.has(track.trackId) ? track.trackId : undefined;
    const microphone = tracks.find((track) => track.kind === 'audio' && track.source !== 'screen');
    const [camera, ...furtherCameras] = camerasOf(tracks).flatMap((track) => visible(track) ?? []);
    const named = { kind: 'person', name: person.name, audioMuted: microphone?.muted ?? true } as const;
    items.push({ ...named, id: person.peerId, videoSourceId: camera });
    for (const further of furtherCameras) items.push({ ...named, id: further, videoSourceId: further });
    const screens = tracks.filter((track) => track.kind === 'video' && track.source === 'screen');
    for (const screen of screens.flatMap((track) => visible(track) ?? [])) {
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

/** The usual one first: it is the picture of the person, as long as it is on. */
function camerasOf(tracks: readonly StageTrack[]): readonly StageTrack[] {
  const cameras = tracks.filter((track) => track.kind === 'video' && track.source !== 'screen');
  return cameras.sort((a, b) => Number(b.source === 'regular') - Number(a.source === 'regular'));
}

/** A picture of the stage as it is drawn. */
export interface View {
  readonly size: Size;
  readonly composition: Composition;
}

/** What is to be received of a stage. */
export interface Reception {
  /** Sound first: a stream without somebody's picture is still a stream, without their voice it is not. */
  readonly tracks: readonly StageTrack[];
  /** Pictures beyond what can be decoded: their people have a tile with initials. */
  readonly picturesLeftOut: number;
}

/** All sound, and the pictures that are drawn largest in one of the views; of those that are equal, the ones longest on stage. */
export function receptionOf(stage: SeenStage, views: readonly View[]): Reception {
  const all = stage.people().flatMap(({ peerId }) => stage.tracksOf(peerId));
  const connected = new Set(all.map((track) => track.trackId));
  const scenes = views.map((view) => ({ view, scene: sceneOf(stage, connected, view.composition.layout) }));
  const sizes = scenes.map(({ scene, view }) => tileSizes(scene, view));
  const layers = highestLayers(scenes.map(({ scene, view }) => wantedLayers(scene, view, stage)));
  const pictures = all
    .filter((track) => track.kind === 'video')
    .map((track) => ({
      track,
      drawn: Math.max(...sizes.map((ofView) => areaOf(ofView.get(track.trackId) ?? NOTHING))),
      pixels: receivedPixels(stage.layersOf(track.trackId), layers.get(track.trackId) ?? 0),
    }));
  pictures.sort((a, b) => b.drawn - a.drawn);
  let pixels = 0;
  const firstLeftOut = pictures.findIndex((picture, index) => {
    pixels += picture.pixels;
    return pixels > MAX_PIXELS || index >= MAX_GRID_TILES;
  });
  const received = firstLeftOut < 0 ? pictures : pictures.slice(0, firstLeftOut);
  return {
    tracks: [...all.filter((track) => track.kind === 'audio'), ...received.map(({ track }) => track)],
    picturesLeftOut: pictures.slice(received.length).filter(({ drawn }) => drawn > 0).length,
  };
}

function areaOf({ width, height }: Size): number {
  return width * height;
}

/** @param layers smallest first; with one alone the camera comes whole, and what is larger than a whole picture counts as one */
function receivedPixels(layers: readonly Size[], layer: number): number {
  const received = layers.length > 1 ? layers[layer] : undefined;
  return Math.min(areaOf(received ?? WHOLE_PICTURE), areaOf(WHOLE_PICTURE));
}

/** Layers of a 720p camera, for roles that do not say theirs. */
const USUAL_LAYERS: readonly Size[] = [
  { width: 320, height: 180 },
  { width: 640, height: 360 },
  { width: 1280, height: 720 },
];
/** Up to so much enlargement looks right enough for its bits. */
const MAX_ENLARGEMENT = 4 / 3;

/**
 * Highest simulcast layer worth having for a tile: the smallest that is not enlarged by more than a third where it is drawn, cropped or whole.
 * @param look.layers smallest first
 * @returns its number, 0 for the smallest
 */
export function layerForTile(
  tile: Size,
  look: { readonly kind?: 'person' | 'screen'; readonly fit?: TileFit; readonly layers?: readonly Size[] } = {},
): number {
  const { kind = 'person', fit = 'auto', layers = USUAL_LAYERS } = look;
  if (tile.width <= 0 || tile.height <= 0) return 0;
  const suffices = layers.findIndex((layer) => {
    const { from, to } = placePicture({ x: 0, y: 0, ...tile }, layer, { kind, fit, align: PICTURE_ALIGNMENT });
    // By the side that is not cropped: the other one is cut to an even number.
    return Math.min(to.width / from.width, to.height / from.height) <= MAX_ENLARGEMENT;
  });
  return suffices < 0 ? Math.max(0, layers.length - 1) : suffices;
}

/** Layer wishes by video source, for those that have a tile. */
export function wantedLayers(scene: Scene, view: View, stage: Pick<SeenStage, 'layersOf'>): Map<string, number> {
  const sizes = tileSizes(scene, view);
  const layers = new Map<string, number>();
  for (const item of scene.items) {
    if (!item.videoSourceId) continue;
    const known = stage.layersOf(item.videoSourceId);
    const size = sizes.get(item.videoSourceId) ?? { width: 0, height: 0 };
    const look = { kind: item.kind, fit: view.composition.tileFit, layers: known.length > 1 ? known : USUAL_LAYERS };
    layers.set(item.videoSourceId, layerForTile(size, look));
  }
  return layers;
}

/** Of several views of one stage: a source is wanted once, as the view wants it in which it is largest. */
export function highestLayers(wishes: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const highest = new Map<string, number>();
  for (const [sourceId, layer] of wishes.flatMap((wish) => [...wish])) {
    highest.set(sourceId, Math.max(layer, highest.get(sourceId) ?? 0));
  }
  return highest;
}

/** Tile of each video source. */
function tileSizes(scene: Scene, { size, composition }: View): Map<string, Size> {
  const tiles = arrange(
    scene.items.map(({ id, kind }) => ({ id, kind })),
    size,
    {
      layout: composition.layout,
      tileAspectRatio: composition.tileAspectRatio,
      gap: composition.gap,
      ...(composition.margin !== null && { margin: composition.margin }),
      align: PICTURE_ALIGNMENT,
      ...(scene.activeId === undefined ? {} : { activeId: scene.activeId }),
    },
  );
  const byItem = new Map(tiles.map((tile) => [tile.id, tile]));
  return new Map(
    scene.items.flatMap((item): [string, Size][] => {
      const tile = byItem.get(item.id);
      return item.videoSourceId && tile ? [[item.videoSourceId, tile]] : [];
    }),
  );
}
