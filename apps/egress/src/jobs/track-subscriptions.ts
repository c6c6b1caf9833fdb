import { type Logger, messageOf, TaskQueue } from '@amphi/base';
import type { MediaCommand } from '../pipeline/messages.ts';
import type { HiddenPeer } from '../session/hidden-peer.ts';
import type { StageTrack } from '../session/stage.ts';

interface Subscription {
  readonly id: string;
  layer: number;
}

/** Tracks beyond this many are left out, the latest first: decoding them all would starve the stream. */
export const MAX_TRACKS = 32;

/**
 * Keeps the tracks received over RTP equal to the tracks on stage: desired against actual, reconciled one change at a
 * time. A track that fails is tried again with the next change of the stage or the next call.
 */
export class TrackSubscriptions {
  readonly #peer: HiddenPeer;
  readonly #post: (command: MediaCommand) => void;
  readonly #onChange: () => void;
  readonly #listenIp: string;
  readonly #logger: Logger;
  readonly #queue = new TaskQueue();
  readonly #actual = new Map<string, Subscription>();
  readonly #portWaiters = new Map<string, (port: number) => void>();
  #desired: readonly StageTrack[] = [];
  #reconciling = false;

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

  /** Forgets all subscriptions (the SFU lost them) and makes them anew. */
  reset(): void {
    for (const trackId of this.#actual.keys()) this.#post({ type: 'close-source', sourceId: trackId });
    this.#actual.clear();
    this.reconcile();
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
        this.#post({ type: 'close-source', sourceId: trackId });
        this.#logger.warn({ trackId, error: messageOf(error) }, 'track cannot be had yet');
      }
    }
  }

  async #subscribe(track: StageTrack): Promise<void> {
    const { trackId } = track;
    const port = await new Promise<number>((resolve) => {
      this.#portWaiters.set(trackId, resolve);
      this.#post({ type: 'open-source', sourceId: trackId, kind: track.kind });
    });
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
