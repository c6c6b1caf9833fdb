import { CodedError, type Logger, messageOf, Scope, TaskQueue } from '@amphi/base';
import type { MediaCommand } from '../pipeline/messages.ts';
import type { HiddenPeer } from '../session/hidden-peer.ts';
import type { StageTrack } from '../session/stage.ts';

interface Subscription {
  readonly id: string;
  layer: number;
}

/** A track that could not be had is asked for again after this long. */
const RETRY_MS = 1_000;
/** Binding a socket takes a moment; longer means that the media thread is lost. */
const OPEN_LIMIT_MS = 5_000;

/** Tracks beyond this many are left out, the latest first: decoding them all would starve the stream. */
export const MAX_TRACKS = 32;

/**
 * Keeps the tracks received over RTP equal to the tracks on stage: desired against actual, reconciled one change at a
 * time. A track that cannot be had yet is tried again every second for as long as it is on stage.
 */
export class TrackSubscriptions {
  readonly #peer: HiddenPeer;
  readonly #post: (command: MediaCommand) => void;
  readonly #onChange: () => void;
  readonly #listenIp: string;
  readonly #logger: Logger;
  readonly #scope = new Scope();
  readonly #queue = new TaskQueue();
  readonly #actual = new Map<string, Subscription>();
  readonly #portWaiters = new Map<string, (port: number) => void>();
  #desired: readonly StageTrack[] = [];
  #reconciling = false;
  #retryPlanned = false;

  constructor(options: {
    readonly peer: HiddenPeer;
    readonly listenIp: string;
    readonly post: (command: MediaCommand) => void;
    /** A source came or went. */
    readonly onChange: () => void;
    readonly logger: Logger;
  }) {
    this.#peer = options.peer;
    this.#listenIp = options.listenIp;
    this.#post = options.post;
    this.#onChange = options.onChange;
    this.#logger = options.logger;
  }

  /** Sources whose RTP has been asked for. */
  connected(): ReadonlySet<string> {
    return new Set(this.#actual.keys());
  }

  setDesired(tracks: readonly StageTrack[]): void {
    if (tracks.length > MAX_TRACKS)
      this.#logger.warn({ tracks: tracks.length, allowed: MAX_TRACKS }, 'tracks left out');
    this.#desired = tracks.slice(0, MAX_TRACKS);
    this.reconcile();
  }

  /** The media thread has bound the socket of a source. */
  sourceOpened(sourceId: string, port: number): void {
    this.#portWaiters.get(sourceId)?.(port);
    this.#portWaiters.delete(sourceId);
  }

  preferLayers(layers: ReadonlyMap<string, number>): void {
    for (const [trackId, layer] of layers) {
      const subscription = this.#actual.get(trackId);
      if (!subscription || subscription.layer === layer) continue;
      subscription.layer = layer;
      this.#peer.preferLayer(subscription.id, layer).catch((error: unknown) => {
        this.#logger.warn({ trackId, layer, error: messageOf(error) }, 'layer wish refused');
      });
    }
  }

  /**
   * These tracks ended at the SFU. One that is on stage again under the same id is another track: it is subscribed to
   * anew.
   */
  tracksEnded(trackIds: Iterable<string>): void {
    for (const trackId of trackIds) {
      const subscription = this.#actual.get(trackId);
      if (!subscription) continue;
      this.#actual.delete(trackId);
      this.#post({ type: 'close-source', sourceId: trackId });
      // It is gone already where the SFU ended it.
      this.#peer.unsubscribe(subscription.id).catch(() => {});
    }
    this.#onChange();
    this.reconcile();
  }

  /** The SFU lost all subscriptions: makes them anew. */
  reset(): void {
    this.tracksEnded([...this.#actual.keys()]);
  }

  reconcile(): void {
    if (this.#reconciling) return;
    this.#reconciling = true;
    void this.#queue
      .push('reconcile', () => {
        this.#reconciling = false;
        return this.#step();
      })
      .catch(() => {});
  }

  close(): void {
    this.#queue.close();
    this.#scope.close();
  }

  async #step(): Promise<void> {
    const wanted = new Map(this.#desired.map((track) => [track.trackId, track]));
    for (const [trackId, subscription] of this.#actual) {
      if (wanted.has(trackId)) continue;
      this.#actual.delete(trackId);
      this.#post({ type: 'close-source', sourceId: trackId });
      this.#onChange();
      await this.#peer.unsubscribe(subscription.id).catch(() => {});
    }
    for (const [trackId, track] of wanted) {
      if (this.#actual.has(trackId)) continue;
      try {
        await this.#subscribe(track);
        this.#onChange();
      } catch (error) {
        this.#actual.delete(trackId);
        this.#post({ type: 'close-source', sourceId: trackId });
        this.#logger.warn({ trackId, error: messageOf(error) }, 'track cannot be had yet');
        this.#planRetry();
      }
    }
  }

  #planRetry(): void {
    if (this.#retryPlanned) return;
    this.#retryPlanned = true;
    this.#scope.after(RETRY_MS, () => {
      this.#retryPlanned = false;
      this.reconcile();
    });
  }

  /** Has the media thread open a socket. @throws CodedError `source_failed` */
  #openSource(track: StageTrack): Promise<number> {
    const { trackId, kind } = track;
    return new Promise((resolve, reject) => {
      const cancel = this.#scope.after(OPEN_LIMIT_MS, () => {
        this.#portWaiters.delete(trackId);
        reject(new CodedError('source_failed', `no socket for track ${trackId} within ${OPEN_LIMIT_MS} ms`));
      });
      this.#portWaiters.set(trackId, (port) => {
        cancel();
        resolve(port);
      });
      this.#post({ type: 'open-source', sourceId: trackId, kind });
    });
  }

  async #subscribe(track: StageTrack): Promise<void> {
    const { trackId } = track;
    const port = await this.#openSource(track);
    const layer = 1;
    const answer = await this.#peer.subscribe({
      track_id: trackId,
      ip: this.#listenIp,
      port,
      preferred_spatial_layer: layer,
    });
    this.#actual.set(trackId, { id: answer.subscription_id, layer });
    this.#post({
      type: 'connect-source',
      sourceId: trackId,
      stream: {
        remoteIp: answer.ip,
        remotePort: answer.port,
        ssrc: answer.ssrc,
        payloadType: answer.payload_type,
        rtxSsrc: answer.rtx_ssrc,
        rtxPayloadType: answer.rtx_payload_type,
        mimeType: answer.mime_type,
        clockRate: answer.clock_rate,
      },
    });
    await this.#peer.resume(answer.subscription_id);
  }
}
