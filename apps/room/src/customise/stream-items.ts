import { derivedFrom, peersInOrder, type RemoteTrack, type SessionState } from '@amphi/client';
import type { StageItem } from '@amphi/layout';

/** What the stream has a tile for. */
export interface StreamItem extends StageItem {
  /** Of the person whose it is. */
  readonly name: string;
}

/**
 * Who and what has a tile in the stream, as its composer sees the stage (docs/specs/egress.md, EG7, EG36, EG37): people who send
 * something, if only a muted microphone, each further camera of theirs, and every shared screen that is on; nobody who was never
 * switched on.
 *
 * Two things are not told to a room: when we ourselves came on stage, so that we are first; and the roles that a
 * destination leaves out.
 */
export const streamItems = derivedFrom(
  ({ self, peers, tracks, camera, microphone, screens }: SessionState) => ({
    self,
    peers,
    tracks,
    camera,
    microphone,
    screens,
  }),
  itemsOf,
);

type Facts = Pick<SessionState, 'self' | 'peers' | 'tracks' | 'camera' | 'microphone' | 'screens'>;

function itemsOf({ self, peers, tracks, camera, microphone, screens }: Facts): readonly StreamItem[] {
  const items: StreamItem[] = [];
  const { name } = self;
  const shared = screens.filter(({ status }) => status === 'on');
  if (self.level === 'stage' && (camera.track ?? microphone.track ?? shared[0])) {
    items.push({ id: self.peerId, kind: 'person', name });
    for (const { id } of shared) items.push({ id, kind: 'screen', name });
  }
  const all = Object.values(tracks);
  for (const peer of peersInOrder(peers))
    items.push(
      ...itemsOfPeer(
        peer,
        all.filter(({ peerId }) => peerId === peer.id),
      ),
    );
  return items;
}

function itemsOfPeer(
  { id, name }: { readonly id: string; readonly name: string },
  tracks: readonly RemoteTrack[],
): readonly StreamItem[] {
  if (tracks.length === 0) return [];
  const shown = tracks.filter(({ kind, isMuted }) => kind === 'video' && !isMuted);
  const cameras = shown.filter(({ source }) => source !== 'screen');
  // The usual one is the picture of the person; without it the first of the others is.
  const own = cameras.find(({ source }) => source === 'regular') ?? cameras[0];
  return [
    { id, kind: 'person', name },
    ...cameras
      .filter((camera) => camera !== own)
      .map((camera): StreamItem => ({ id: camera.id, kind: 'person', name })),
    ...shown
      .filter(({ source }) => source === 'screen')
      .map((screen): StreamItem => ({ id: screen.id, kind: 'screen', name })),
  ];
}
