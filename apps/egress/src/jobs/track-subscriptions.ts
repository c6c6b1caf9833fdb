import { type Clock, CodedError, type Logger, messageOf, Scope, systemClock, TaskQueue } from '@amphi/base';
import type { CaptureReport } from '@amphi/rtp';
import type { MediaCommand } from '../pipeline/messages.ts';
import type { HiddenPeer } from '../session/hidden-peer.ts';
import type { StageTrack } from '../session/stage.ts';

/** What is asked of the session. */
export type PlainSubscriber = Pick<HiddenPeer, 'subscribe' | 'resume' | 'preferLayer' | 'unsubscribe'>;

/** A subscription as the server has agreed to it. */
interface Subscription {
  readonly id: string;
  layer: number;
}

/** What could not be had or changed is asked for again after this long. */
const RETRY_MS = 1_000;
/** Binding a socket takes a moment; longer means that the media thread is lost. */
const OPEN_LIMIT_MS = 5_000;
/** Asked for before the size of the tile is known. */
const FIRST_LAYER = 1;

export interface TrackSubscriptionsOptions {
  readonly peer: PlainSubscriber;
  readonly listenIp: string;
  readonly post: (command: MediaCommand) => void;
  /** A source came or went. */
  readonly onChange: () => void;
  /** In how many layers a picture comes, as the server says. */
  readonly onLayers?: (trackId: string, layers: number) => void;
  /** A track cannot be had; told once until it can. It is asked for again all the time. */
  readonly onTrouble: (trouble: { readonly code: string; readonly message: string }) => void;
  readonly clock?: Clock;
  readonly logger: Logger;
}

/**
 * Keeps the tracks received over RTP, and their layers, equal to what is wanted: desired against actual, reconciled one
 * change at a time. Actual is what the server has answered, and what it tells of subscriptions that ended. What fails is
 * tried again every second for as long as it is wanted.
 */
export class TrackSubscriptions {
  readonly #options: TrackSubscriptionsOptions;
  readonly #scope: Scope;
  readonly #queue = new TaskQueue();
  readonly #actual = new Map<string, Subscription>();
  readonly #portWaiters = new Map<string, { resolve(port: number): void; reject(error: unknown): void }>();
  /** Failures in a row of those that cannot be had. */
  readonly #failures = new Map<string, number>();
  #desired: readonly StageTrack[] = [];
  #layers: ReadonlyMap<string, number> = new Map();
  #reconciling = false;
  #retryPlanned = false;

  constructor(options: TrackSubscriptionsOptions) {
    this.#options = options;
    this.#scope = new Scope({ clock: options.clock ?? systemClock });
  }

  /** Sources whose RTP has been asked for. */
  connected(): ReadonlySet<string> {
    return new Set(this.#actual.keys());
  }

  /** @param tracks in the order in which they are asked for */
  setDesired(tracks: readonly StageTrack[]): void {
    this.#desired = tracks;
    this.reconcile();
  }

  preferLayers(layers: ReadonlyMap<string, number>): void {
    this.#layers = layers;
    if ([...this.#actual].some(([trackId, subscription]) => this.#wantsOtherLayer(trackId, subscription))) {
      this.reconcile();
    }
  }

  /** The media thread has bound the socket of a source. */
  sourceOpened(sourceId: string, port: number): void {
    this.#portWaiters.get(sourceId)?.resolve(port);
  }

  /** The media thread got no socket. */
  sourceFailed(sourceId: string, message: string): void {
    this.#portWaiters.get(sourceId)?.reject(new CodedError('socket_failed', message));
  }

  /** The server ended a subscription: when its track is still wanted it is another track, and subscribed to anew. */
  subscriptionEnded(subscriptionId: string): void {
    for (const [trackId, { id }] of this.#actual) if (id === subscriptionId) this.#lose(trackId);
  }

  captureReported(subscriptionId: string, report: CaptureReport): void {
    for (const [trackId, { id }] of this.#actual) {
      if (id === subscriptionId) this.#options.post({ type: 'capture-report', sourceId: trackId, report });
    }
  }

  /** All subscriptions there are at the server. What it has and we do not know of is given back. */
  subscriptionsTold(subscriptionIds: readonly string[]): void {
    const told = new Set(subscriptionIds);
    for (const [trackId, { id }] of this.#actual) if (!told.delete(id)) this.#lose(trackId);
    for (const id of told) this.#options.peer.unsubscribe(id).catch(() => {});
  }

  /** The SFU lost all subscriptions: makes them anew. */
  reset(): void {
    for (const trackId of [...this.#actual.keys()]) this.#lose(trackId);
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
    for (const trackId of this.#failures.keys()) if (!wanted.has(trackId)) this.#failures.delete(trackId);
    for (const [trackId, { id }] of [...this.#actual]) {
      if (wanted.has(trackId)) continue;
      this.#forget(trackId);
      // When the answer is lost with the socket the server's list tells of it later.
      await this.#options.peer.unsubscribe(id).catch(() => {});
    }
    for (const [trackId, track] of wanted) {
      if (this.#actual.has(trackId)) continue;
      try {
        await this.#subscribe(track);
        this.#failures.delete(trackId);
        this.#options.onChange();
      } catch (error) {
        this.#noteFailure(trackId, error);
      }
    }
    for (const [trackId, subscription] of this.#actual) {
      if (this.#wantsOtherLayer(trackId, subscription)) await this.#changeLayer(trackId, subscription);
    }
  }

  #wantsOtherLayer(trackId: string, subscription: Subscription): boolean {
    return (this.#layers.get(trackId) ?? subscription.layer) !== subscription.layer;
  }

  async #changeLayer(trackId: string, subscription: Subscription): Promise<void> {
    const layer = this.#layers.get(trackId) as number;
    try {
      await this.#options.peer.preferLayer(subscription.id, layer);
      subscription.layer = layer;
    } catch (error) {
      this.#options.logger.warn({ trackId, layer, error: messageOf(error) }, 'layer not changed yet');
      this.#planRetry();
    }
  }

  /** The subscription is gone at the server. */
  #lose(trackId: string): void {
    this.#forget(trackId);
    this.reconcile();
  }

  #forget(trackId: string): void {
    this.#actual.delete(trackId);
    this.#options.post({ type: 'close-source', sourceId: trackId });
    this.#options.onChange();
  }

  #noteFailure(trackId: string, error: unknown): void {
    const failures = (this.#failures.get(trackId) ?? 0) + 1;
    this.#failures.set(trackId, failures);
    // Once is no trouble: the word that the track has ended may be on its way.
    const level = failures === 2 ? 'warn' : 'debug';
    this.#options.logger[level]({ trackId, failures, error: messageOf(error) }, 'track cannot be had yet');
    if (failures === 1 && error instanceof CodedError && error.code === 'socket_failed') {
      this.#options.onTrouble({ code: error.code, message: `track ${trackId} is left out: ${error.message}` });
    }
    this.#planRetry();
  }

  #planRetry(): void {
    if (this.#retryPlanned) return;
    this.#retryPlanned = true;
    this.#scope.after(RETRY_MS, () => {
      this.#retryPlanned = false;
      this.reconcile();
    });
  }

  /** Has the media thread open a socket. @throws CodedError `source_failed`, `socket_failed` */
  async #openSource({ trackId, kind, peerId }: StageTrack): Promise<number> {
    let cancel = (): void => {};
    try {
      return await new Promise<number>((resolve, reject) => {
        cancel = this.#scope.after(OPEN_LIMIT_MS, () =>
          reject(new CodedError('source_failed', `no socket for track ${trackId} within ${OPEN_LIMIT_MS} ms`)),
        );
        this.#portWaiters.set(trackId, { resolve, reject });
        this.#options.post({ type: 'open-source', sourceId: trackId, kind, peerId });
      });
    } finally {
      cancel();
      this.#portWaiters.delete(trackId);
    }
  }

  /** Leaves nothing behind, here or at the server, when it throws. */
  async #subscribe(track: StageTrack): Promise<void> {
    const { peer, listenIp, post, onLayers } = this.#options;
    const { trackId } = track;
    let subscriptionId: string | undefined;
    try {
      const port = await this.#openSource(track);
      const layer = this.#layers.get(trackId) ?? FIRST_LAYER;
      const answer = await peer.subscribe({ track_id: trackId, ip: listenIp, port, preferred_spatial_layer: layer });
      subscriptionId = answer.subscription_id;
      post({
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
      this.#actual.set(trackId, { id: subscriptionId, layer });
      if (answer.spatial_layers !== undefined) onLayers?.(trackId, answer.spatial_layers);
      await peer.resume(subscriptionId);
    } catch (error) {
      if (subscriptionId === undefined || this.#actual.get(trackId)?.id === subscriptionId) {
        this.#actual.delete(trackId);
        post({ type: 'close-source', sourceId: trackId });
      }
      if (subscriptionId !== undefined) void peer.unsubscribe(subscriptionId).catch(() => {});
      throw error;
    }
  }
}
