import { NOBODY_SPEAKS, type SpeakerHold, speakerAfter } from '@amphi/layout';
import { type LayerSize, layersOf, type Notification, type Role } from '@amphi/protocol';
import { type Roster, type RosterTrack, rosterAfter } from '@amphi/signaling';

/** A track that someone on stage publishes, as the composer sees it. */
export interface StageTrack {
  readonly trackId: string;
  readonly streamId: string;
  readonly peerId: string;
  readonly kind: 'audio' | 'video';
  /** `regular`, `screen`, or what an app named it. */
  readonly source: string;
  readonly muted: boolean;
}

export interface StagePerson {
  readonly peerId: string;
  readonly name: string;
}

/** Tracks by the person who publishes them. */
type OnStage = ReadonlyMap<string, readonly StageTrack[]>;

/**
 * Who is on stage with which tracks, kept from the notifications that every peer gets (client protocol, 8). People
 * stand in the order they came on stage; those without tracks are not there, and keep their place as long as their role
 * stays: a publisher whose connection is made anew goes to the end of no line.
 */
export class Stage {
  readonly #selfId: string;
  #roster: Roster = { peers: {}, tracks: {} };
  #onStage: OnStage = new Map();
  /** Who came on stage, in this order, and their role: a map keeps the order in which its keys were added. */
  readonly #places = new Map<string, string>();
  #speaker: SpeakerHold = NOBODY_SPEAKS;
  readonly #now: () => number;
  #roles: Readonly<Record<string, Role>> = {};
  /** In how many layers pictures come that have been received; they say more than the role. */
  readonly #layerCounts = new Map<string, number>();

  /**
   * @param selfId the composer's own peer id: it is never on stage
   * @param now milliseconds of a clock that never goes back
   */
  constructor(selfId: string, now: () => number = () => performance.now()) {
    this.#selfId = selfId;
    this.#now = now;
  }

  /** Returns whether the notification says anything about the stage. */
  apply(notification: Notification): boolean {
    switch (notification.method) {
      case 'on-policy-change':
        this.#roles = notification.params.known_roles;
        return true;
      case 'active-speakers':
        return this.#hear(notification.params['speaker-list']);
      default: {
        const roster = rosterAfter(this.#roster, notification, { selfId: this.#selfId, addTrack: (track) => track });
        if (roster === this.#roster) return false;
        if (roster.tracks !== this.#roster.tracks) {
          this.#onStage = groupByPeer(roster);
          for (const id of this.#layerCounts.keys())
            if (!Object.hasOwn(roster.tracks, id)) this.#layerCounts.delete(id);
        }
        this.#roster = roster;
        this.#assignPlaces();
        return true;
      }
    }
  }

  /** People with at least one track, by the time they came on stage. */
  people(): StagePerson[] {
    return [...this.#places.keys()]
      .flatMap((peerId) => (this.#onStage.has(peerId) ? (this.#roster.peers[peerId] ?? []) : []))
      .map(({ id: peerId, name }) => ({ peerId, name }));
  }

  tracksOf(peerId: string): readonly StageTrack[] {
    return this.#onStage.get(peerId) ?? [];
  }

  /** Of somebody who is in the session, on stage or not. */
  personOf(peerId: string): { readonly name: string; readonly userId: string } | undefined {
    return this.#roster.peers[peerId];
  }

  /**
   * Layers that a camera is sent in, smallest first: those of the role, of which the largest stand for one who sends fewer.
   * None for screens, and for roles that are not known.
   */
  layersOf(trackId: string): readonly LayerSize[] {
    const track = this.#trackOf(trackId);
    if (track?.kind !== 'video' || track.source === 'screen') return [];
    const name = this.#roster.peers[track.peerId]?.roleName;
    const layers = name !== undefined && Object.hasOwn(this.#roles, name) ? layersOf(this.#roles[name]) : [];
    return layers.slice(-(this.#layerCounts.get(trackId) ?? layers.length));
  }

  #trackOf(trackId: string): RosterTrack | undefined {
    return Object.hasOwn(this.#roster.tracks, trackId) ? this.#roster.tracks[trackId] : undefined;
  }

  /** The picture comes in so many layers. @returns whether that is news */
  comesInLayers(trackId: string, layers: number): boolean {
    if (!this.#trackOf(trackId) || this.#layerCounts.get(trackId) === layers) return false;
    this.#layerCounts.set(trackId, layers);
    return true;
  }

  /** Who is in front, as long as they are on stage: silence changes nothing. */
  get dominantSpeaker(): string | undefined {
    const { activeId } = this.#speaker;
    return activeId !== undefined && this.#onStage.has(activeId) ? activeId : undefined;
  }

  /** Of those who were on stage before this composer came, nobody says when they came there: they stand by the time they joined. */
  #assignPlaces(): void {
    const { peers } = this.#roster;
    for (const [peerId, roleName] of this.#places) {
      if (!this.#onStage.has(peerId) && peers[peerId]?.roleName !== roleName) this.#places.delete(peerId);
    }
    const newcomers = [...this.#onStage.keys()].flatMap((peerId) =>
      this.#places.has(peerId) ? [] : (peers[peerId] ?? []),
    );
    newcomers.sort((a, b) => a.joinedAt - b.joinedAt || (a.id < b.id ? -1 : 1));
    for (const { id, roleName } of newcomers) this.#places.set(id, roleName);
    // Another role of one who stays on stage changes no place.
    for (const peerId of this.#onStage.keys()) {
      const roleName = peers[peerId]?.roleName;
      if (roleName !== undefined && this.#places.has(peerId)) this.#places.set(peerId, roleName);
    }
  }

  /** @returns whether somebody else is in front now */
  #hear(speakers: readonly { readonly peer_id: string; readonly level: number }[]): boolean {
    const before = this.dominantSpeaker;
    const speaking = speakers.map(({ peer_id: id, level }) => ({ id, level }));
    this.#speaker = speakerAfter(this.#speaker, speaking, this.#now(), (id) => this.#onStage.has(id));
    return this.dominantSpeaker !== before;
  }
}

function groupByPeer({ tracks }: Roster): OnStage {
  const groups = new Map<string, StageTrack[]>();
  for (const track of Object.values(tracks)) {
    const group = groups.get(track.peerId);
    if (group) group.push(toStageTrack(track));
    else groups.set(track.peerId, [toStageTrack(track)]);
  }
  return groups;
}

function toStageTrack({ id, streamId, peerId, kind, source, isMuted }: RosterTrack): StageTrack {
  return { trackId: id, streamId, peerId, kind, source, muted: isMuted };
}
