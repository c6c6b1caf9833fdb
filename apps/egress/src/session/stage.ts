import { type LayerSize, layersOf, type Peer, type PeerInfo, type Role, type TrackState } from '@amphi/protocol';

/** A track that someone on stage publishes, as the composer sees it. */
export interface StageTrack {
  readonly trackId: string;
  readonly peerId: string;
  readonly kind: 'audio' | 'video';
  /** `regular`, `screen`, or what an app named it. */
  readonly source: string;
  readonly muted: boolean;
}

export interface StagePerson {
  readonly peerId: string;
  readonly name: string;
  readonly joinedAt: number;
}

interface PersonEntry {
  name: string;
  role: string;
  joinedAt: number;
  tracks: Map<string, StageTrack>;
}

/**
 * Who is on stage with which tracks, kept from the notifications that every peer gets (client protocol, 8). People
 * stand in the order they joined; those without tracks are not on stage.
 */
export class Stage {
  readonly #people = new Map<string, PersonEntry>();
  #dominantSpeaker: string | undefined;
  #roles: Readonly<Record<string, Role>> = {};

  /** People with at least one track, by the time they joined. */
  people(): StagePerson[] {
    return [...this.#people]
      .filter(([, entry]) => entry.tracks.size > 0)
      .map(([peerId, entry]) => ({ peerId, name: entry.name, joinedAt: entry.joinedAt }))
      .sort((a, b) => a.joinedAt - b.joinedAt || (a.peerId < b.peerId ? -1 : 1));
  }

  tracks(): StageTrack[] {
    return [...this.#people.values()].flatMap((entry) => [...entry.tracks.values()]);
  }

  tracksOf(peerId: string): StageTrack[] {
    return [...(this.#people.get(peerId)?.tracks.values() ?? [])];
  }

  /** Layers that a camera of this peer is sent in by its role, smallest first; none for unknown roles. */
  cameraLayersOf(peerId: string): readonly LayerSize[] {
    const name = this.#people.get(peerId)?.role;
    return name !== undefined && Object.hasOwn(this.#roles, name) ? layersOf(this.#roles[name]) : [];
  }

  rolesChanged(roles: Readonly<Record<string, Role>>): void {
    this.#roles = roles;
  }

  /** Who spoke last, as long as they are on stage: silence changes nothing. */
  get dominantSpeaker(): string | undefined {
    const peerId = this.#dominantSpeaker;
    return peerId !== undefined && this.tracksOf(peerId).length > 0 ? peerId : undefined;
  }

  /** The full truth (`peer-list`): who is not in it is gone. */
  replaceAll(peers: Readonly<Record<string, Peer>>): void {
    for (const peerId of this.#people.keys()) if (!(peerId in peers)) this.#people.delete(peerId);
    for (const peer of Object.values(peers)) {
      const entry = this.#entry(peer);
      entry.joinedAt = peer.joined_at;
      entry.tracks = new Map(
        Object.values(peer.tracks).map((track) => [track.track_id, toStageTrack(peer.peer_id, track)]),
      );
    }
  }

  peerJoined(peer: Peer): void {
    const entry = this.#entry(peer);
    entry.joinedAt = peer.joined_at;
    this.tracksChanged(peer, peer.tracks);
  }

  peerUpdated(peer: PeerInfo): void {
    if (this.#people.has(peer.peer_id)) this.#entry(peer);
  }

  peerLeft(peerId: string): void {
    this.#people.delete(peerId);
  }

  /** Added or changed. */
  tracksChanged(peer: PeerInfo, tracks: Readonly<Record<string, TrackState>>): void {
    const entry = this.#entry(peer);
    for (const track of Object.values(tracks)) entry.tracks.set(track.track_id, toStageTrack(peer.peer_id, track));
  }

  tracksRemoved(peerId: string, trackIds: readonly string[]): void {
    for (const trackId of trackIds) this.#people.get(peerId)?.tracks.delete(trackId);
  }

  /** @param speakers loudest first */
  speakersChanged(speakers: readonly { readonly peer_id: string }[]): void {
    const loudest = speakers.find((speaker) => this.tracksOf(speaker.peer_id).length > 0);
    if (loudest) this.#dominantSpeaker = loudest.peer_id;
  }

  #entry(peer: PeerInfo): PersonEntry {
    let entry = this.#people.get(peer.peer_id);
    if (!entry) {
      entry = { name: '', role: '', joinedAt: Date.now(), tracks: new Map() };
      this.#people.set(peer.peer_id, entry);
    }
    entry.name = peer.info.name;
    entry.role = peer.role;
    return entry;
  }
}

function toStageTrack(peerId: string, track: TrackState): StageTrack {
  return { trackId: track.track_id, peerId, kind: track.type, source: track.source, muted: track.mute };
}
