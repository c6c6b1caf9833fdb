import { derivedFrom, levelOfPeer, peersInOrder, type SessionState, screensOfPeer, trackOfPeer } from '@amphi/client';

/** One tile of the stage: a person, or a shared screen. */
export interface StagePerson {
  readonly kind: 'person';
  readonly id: string;
  readonly peerId: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly isMuted: boolean;
  /** Camera track to show; undefined for others whose camera is off, and for ourselves. */
  readonly videoId: string | undefined;
  readonly hasVideo: boolean;
  /** Sent but not arriving for want of bandwidth. */
  readonly isDegraded: boolean;
  /** Sent in a form that this browser cannot show. */
  readonly isUnplayable: boolean;
  /** Sent, and not received because we want to receive no video. */
  readonly isHeldBack: boolean;
}

export interface StageScreen {
  readonly kind: 'screen';
  readonly id: string;
  readonly peerId: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly videoId: string | undefined;
  /** As of a person. */
  readonly isHeldBack: boolean;
}

export type StageTile = StagePerson | StageScreen;

/**
 * Who and what is on stage, in the order of joining, ourselves first, screens after the people. A person is there from
 * the moment they have a role of the stage, with or without anything published. A note stands for the own screen, while
 * nobody else shares one.
 */
export const stageTiles = derivedFrom(
  ({ self, peers, tracks, roles, camera, microphone, screen }) => ({
    self,
    peers,
    tracks,
    roles,
    camera,
    microphone,
    screen,
  }),
  tilesOf,
);

type StageFacts = Pick<SessionState, 'self' | 'peers' | 'tracks' | 'roles' | 'camera' | 'microphone' | 'screen'>;

function tilesOf(state: StageFacts): readonly StageTile[] {
  const people: StageTile[] = [];
  const screens: StageTile[] = [];
  const { self, camera, microphone, screen } = state;
  if (self.level === 'stage') {
    people.push({
      kind: 'person',
      id: self.peerId,
      peerId: self.peerId,
      name: self.name,
      isSelf: true,
      isMuted: microphone.status !== 'on',
      videoId: undefined,
      hasVideo: camera.status === 'on',
      isDegraded: false,
      isUnplayable: false,
      isHeldBack: false,
    });
    if (screen.status === 'on') {
      const id = `${self.peerId}/screen`;
      screens.push({
        kind: 'screen',
        id,
        peerId: self.peerId,
        name: self.name,
        isSelf: true,
        videoId: undefined,
        isHeldBack: false,
      });
    }
  }
  for (const peer of peersInOrder(state.peers)) {
    if (levelOfPeer(state, peer) !== 'stage') continue;
    const camera = trackOfPeer(state, peer.id, 'video');
    const microphone = trackOfPeer(state, peer.id, 'audio');
    const isOn = camera !== undefined && !camera.isMuted;
    const shown = isOn && !camera.isDegraded && !camera.isUnplayable;
    people.push({
      kind: 'person',
      id: peer.id,
      peerId: peer.id,
      name: peer.name,
      isSelf: false,
      isMuted: microphone?.isMuted ?? true,
      videoId: shown ? camera.id : undefined,
      hasVideo: shown,
      isDegraded: isOn && camera.isDegraded,
      isUnplayable: isOn && camera.isUnplayable,
      isHeldBack: false,
    });
    for (const { id } of screensOfPeer(state, peer.id)) {
      screens.push({
        kind: 'screen',
        id,
        peerId: peer.id,
        name: peer.name,
        isSelf: false,
        videoId: id,
        isHeldBack: false,
      });
    }
  }
  // Who shares knows their own screen: it makes room for those of others.
  const others = screens.filter(({ isSelf }) => !isSelf);
  return [...people, ...(others.length > 0 ? others : screens)];
}

/** The same without anybody's video but our own: what no element shows is not sent to us. */
export function withoutVideo(tiles: readonly StageTile[]): readonly StageTile[] {
  return tiles.map((tile) => {
    if (tile.isSelf || tile.videoId === undefined) return tile;
    if (tile.kind === 'screen') return { ...tile, videoId: undefined, isHeldBack: true };
    return { ...tile, videoId: undefined, hasVideo: false, isHeldBack: true };
  });
}

/** Equal when every tile shows the same. */
export function areTilesEqual(a: readonly StageTile[], b: readonly StageTile[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((tile, index) => JSON.stringify(tile) === JSON.stringify(b[index]));
}
