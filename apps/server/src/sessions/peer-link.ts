import { type Clock, type Millis, type Release, TaskQueue } from '@amphi/base';
import type { ClientTokenClaims, Notification } from '@amphi/protocol';
import type { PeerChannel } from './peer-channel.ts';
import type { PeerMedia, VideoWay } from './peer-media.ts';
import type { PlainMedia } from './plain-media.ts';
import type { Payer } from './session-budgets.ts';

const MAX_WAITING = 64;
/** A media worker answers in milliseconds; one that is being replaced is waited for, too (`MediaPlane`). */
const TASK_DEADLINE_MS: Millis = 30_000;

/**
 * The host's side of one peer: its channel (a socket), which may be gone or be replaced by another, and its media. Exists from the
 * first socket on, before the peer joins (a preview), until it leaves.
 */
export class PeerLink {
  readonly peerId: string;
  readonly claims: ClientTokenClaims;
  /** SHA-256 of the token; only its bearer may come back as this peer. */
  readonly tokenHash: string;
  /**
   * Everything that touches the peer's media, in the order it was asked for. Other peers have their own, so a slow one
   * keeps nobody waiting.
   */
  readonly queue: TaskQueue;
  readonly #release: Release;
  readonly #deliver: (run: () => void) => void;
  connection: PeerChannel | undefined;
  /** By its token and, since its last socket, from where it is. */
  payer: Payer;
  media: PeerMedia | undefined;
  plain: PlainMedia | undefined;
  /** The SFU node (`sfu_node_id`) its media is on, as far as the client has confirmed it. */
  nodeId: string | undefined;
  /** What its client says that it is (`user_agent_v2`), since its last socket. */
  userAgent = '';
  /** It takes no media: it gets no subscribe connection, whatever its role. */
  readonly publishesOnly: boolean;
  video: VideoWay = { unasked: false, onDemand: false };

  constructor(options: {
    readonly peerId: string;
    readonly claims: ClientTokenClaims;
    readonly tokenHash: string;
    readonly publishesOnly?: boolean | undefined;
    readonly clock: Clock;
    /** Runs what is to come to the peer after all that it was told before. */
    readonly deliver: (run: () => void) => void;
    /** Gives its place among the open peers back. */
    readonly release: Release;
  }) {
    this.#deliver = options.deliver;
    this.#release = options.release;
    this.queue = new TaskQueue({ maxWaiting: MAX_WAITING, deadline: { ms: TASK_DEADLINE_MS, clock: options.clock } });
    this.peerId = options.peerId;
    this.claims = options.claims;
    this.tokenHash = options.tokenHash;
    this.publishesOnly = options.publishesOnly ?? false;
    this.payer = { bearer: options.tokenHash, crowd: undefined };
  }

  notify(notification: Notification): void {
    this.#deliver(() => this.connection?.notify(notification));
  }

  /** Releases everything; the socket is closed after what was sent. */
  close(): void {
    this.queue.close();
    this.media?.close();
    this.plain?.close();
    this.connection?.close();
    this.connection = undefined;
    this.#release();
  }
}
