import { derivedFrom, peersInOrder, type Session, showTrack, trackOfPeer } from '@amphi/client';

/** Somebody with a camera that is on. */
interface Tile {
  readonly key: string;
  readonly name: string;
  /** Ourselves, or the track of another person. */
  readonly picture: { readonly own: MediaStreamTrack } | { readonly trackId: string };
}

/** Computed anew only when one of these parts has changed: a chat line costs nothing here. */
const tilesOf = derivedFrom(
  ({ peers, tracks, camera, self }) => ({ peers, tracks, track: camera.track, name: self.name }),
  ({ peers, tracks, track, name }): readonly Tile[] => [
    ...(track ? [{ key: track.id, name: `${name} (you)`, picture: { own: track } }] : []),
    ...peersInOrder(peers).flatMap((peer) => {
      const camera = trackOfPeer({ tracks }, peer.id, 'video');
      return camera && !camera.isMuted ? [{ key: camera.id, name: peer.name, picture: { trackId: camera.id } }] : [];
    }),
  ],
);

/**
 * Keeps a tile for everybody whose camera is on. The sound of others plays by itself.
 * @returns ends it and empties the stage
 */
export function showStage(session: Session, stage: HTMLElement): () => void {
  const shown = new Map<string, { readonly figure: HTMLElement; readonly close: () => void }>();
  const keepOnly = (keys: ReadonlySet<string>): void => {
    for (const [key, { figure, close }] of shown) {
      if (keys.has(key)) continue;
      close();
      figure.remove();
      shown.delete(key);
    }
  };
  const stop = session.watch(tilesOf, (tiles) => {
    keepOnly(new Set(tiles.map(({ key }) => key)));
    for (const tile of tiles) {
      if (shown.has(tile.key)) continue;
      const made = makeTile(session, tile);
      shown.set(tile.key, made);
      stage.append(made.figure);
    }
  });
  return () => {
    stop();
    keepOnly(new Set());
  };
}

function makeTile(session: Session, { name, picture }: Tile): { figure: HTMLElement; close: () => void } {
  const figure = document.createElement('figure');
  const video = document.createElement('video');
  // What autoplay asks for everywhere; sound does not come from this element.
  Object.assign(video, { autoplay: true, playsInline: true, muted: true });
  const caption = document.createElement('figcaption');
  caption.textContent = name;
  figure.append(video, caption);
  if ('trackId' in picture) return { figure, close: session.attachVideo(picture.trackId, video) };
  showTrack(video, picture.own);
  return { figure, close: () => showTrack(video, undefined) };
}
