import type { Millis, Scope } from '@amphi/base';
import type { Notification } from '@amphi/protocol';
import {
  type Effects,
  hlsInRoom,
  isPermitted,
  pollStats,
  roomInfoOf,
  roomStateOf,
  type Session,
  sessionInfoOf,
  visibleMembers,
} from '@amphi/rooms';
import type { FanOut } from './fan-out.ts';
import type { PeerLink } from './peer-link.ts';

/** `session-info` goes out at most this often, and less often to many. */
const COUNTS_PERIOD_MS: Millis = 500;
const QUALITY_PERIOD_MS: Millis = 5_000;
/** So long after the first vote, and less often to many, the counts of a poll go out. */
const POLL_PERIOD_MS: Millis = 1_000;

/**
 * What a session tells over and over, and not as the outcome of one event: how many are there, how the room looks from its
 * preview, how good connections are.
 */
export class Reports {
  readonly #rules: Session;
  readonly #links: ReadonlyMap<string, PeerLink>;
  readonly #fanOut: FanOut;
  readonly #timers: Pick<Scope, 'after' | 'every'>;
  readonly #apply: (effects: Effects) => void;
  readonly #polls = new Set<string>();
  #counts: 'quiet' | 'sent' | 'due' = 'quiet';

  constructor(options: {
    readonly rules: Session;
    readonly links: ReadonlyMap<string, PeerLink>;
    readonly fanOut: FanOut;
    /** Of the session. */
    readonly timers: Pick<Scope, 'after' | 'every'>;
    apply(effects: Effects): void;
  }) {
    this.#rules = options.rules;
    this.#links = options.links;
    this.#fanOut = options.fanOut;
    this.#timers = options.timers;
    this.#apply = (effects) => options.apply(effects);
    this.#timers.every(QUALITY_PERIOD_MS, () => this.#tellQuality());
  }

  /** Peers, roles or tracks have changed. */
  countsChanged(): void {
    if (this.#counts !== 'quiet') {
      this.#counts = 'due';
      return;
    }
    this.#counts = 'sent';
    const to = visibleMembers(this.#rules).map(({ peerId }) => peerId);
    this.#fanOut.send(to, { method: 'session-info', params: sessionInfoOf(this.#rules) });
    this.#fanOut.send(this.#previews(), this.#roomState());
    this.#fanOut.send(this.#previews(), { method: 'session-info', params: sessionInfoOf(this.#rules) });
    this.#timers.after(Math.max(COUNTS_PERIOD_MS, to.length), () => {
      const due = this.#counts === 'due';
      this.#counts = 'quiet';
      if (due) this.countsChanged();
    });
  }

  /** Votes have come in: the counts are told in a moment, however many more come until then. */
  pollChanged(pollId: string): void {
    if (this.#polls.has(pollId)) return;
    this.#polls.add(pollId);
    this.#timers.after(Math.max(POLL_PERIOD_MS, this.#rules.members.size), () => {
      this.#polls.delete(pollId);
      this.#apply(pollStats(this.#rules, pollId));
    });
  }

  /** The room seen from its preview, for roles that may (client protocol, 4.4). Peers are not listed there. */
  showPreview(link: PeerLink): void {
    if (!this.#mayPreview(link)) return;
    const to = [link.peerId];
    this.#fanOut.send(to, { method: 'room-info', params: roomInfoOf(this.#rules) });
    this.#fanOut.send(to, this.#roomState());
    this.#fanOut.send(to, { method: 'session-info', params: sessionInfoOf(this.#rules) });
  }

  /** Members were told by the rules. */
  streamChanged(): void {
    this.#fanOut.send(this.#previews(), { method: 'on-hls-update', params: hlsInRoom(this.#rules.stream) });
  }

  /** Members were told by the rules; previews learn it by the room object. */
  outputChanged(): void {
    this.#fanOut.send(this.#previews(), this.#roomState());
  }

  #roomState(): Notification {
    const { peer_count } = sessionInfoOf(this.#rules);
    return { method: 'room-state', params: { peer_count, room: roomStateOf(this.#rules) } };
  }

  /** Sockets that have not joined, and are shown the room. */
  #previews(): string[] {
    return [...this.#links.values()]
      .filter((link) => !this.#rules.members.has(link.peerId) && this.#mayPreview(link))
      .map(({ peerId }) => peerId);
  }

  #mayPreview(link: PeerLink): boolean {
    const role = this.#rules.roles[link.claims.role];
    return role !== undefined && isPermitted(role, 'sendRoomState');
  }

  /** Scores of those on stage in one frame for everyone with media; the others are told of themselves only. */
  #tellQuality(): void {
    const onStage: { peer_id: string; downlink_score: number }[] = [];
    const watching: string[] = [];
    for (const { peerId, media } of this.#links.values()) {
      if (!media?.hasConnection) continue;
      watching.push(peerId);
      const score = { peer_id: peerId, downlink_score: media.downlinkScore };
      if (score.downlink_score < 0) continue;
      const isOnStage = (this.#rules.members.get(peerId)?.tracks.size ?? 0) > 0;
      if (isOnStage) onStage.push(score);
      else this.#fanOut.send([peerId], { method: 'on-connection-quality-update', params: { peers: [score] } });
    }
    if (onStage.length === 0) return;
    this.#fanOut.send(watching, { method: 'on-connection-quality-update', params: { peers: onStage } });
  }
}
