import { derivedFrom, levelOfPeer, peersInOrder, trackOfPeer } from '@amphi/client';

/** A person with a role of the stage, the camera on or off. */
export interface OnStage {
  readonly id: string;
  readonly name: string;
  /** What the tile shows: our own camera, that of another person, or nothing. */
  readonly picture: { readonly own: MediaStreamTrack } | { readonly trackId: string } | undefined;
}

/** Ourselves first, then the others in the order they joined. Computed anew only when one of these parts has changed. */
export const peopleOnStage = derivedFrom(
  ({ self, camera, peers, tracks, roles }) => ({ self, own: camera.track, peers, tracks, roles }),
  ({ self, own, peers, tracks, roles }): readonly OnStage[] => [
    ...(self.level === 'stage' ? [{ id: self.peerId, name: 'You', picture: own && { own } }] : []),
    ...peersInOrder(peers)
      .filter((peer) => levelOfPeer({ roles }, peer) === 'stage')
      .map(({ id, name }) => {
        const camera = trackOfPeer({ tracks }, id, 'video');
        return { id, name, picture: camera && !camera.isMuted ? { trackId: camera.id } : undefined };
      }),
  ],
);
