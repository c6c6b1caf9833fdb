import { randomUUID } from 'node:crypto';
import { type MethodParams, type PlainSubscribeResult, PublicError } from '@amphi/protocol';
import type { PlainSubscription } from '@amphi/sfu';
import type { MediaPlane } from './media-plane.ts';

/** More than any stage that is composed. */
const MAX_SUBSCRIPTIONS = 256;

/** The plain RTP legs of one hidden peer. */
export class PlainMedia {
  readonly #plane: MediaPlane;
  readonly #subscriptions = new Map<string, PlainSubscription>();
  #closed = false;

  constructor(plane: MediaPlane) {
    this.#plane = plane;
  }

  /** @throws CodedError `unknown_track`; PublicError 429 */
  async subscribe(params: MethodParams<'plain-subscribe'>): Promise<PlainSubscribeResult> {
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      throw new PublicError(429, `plain-subscribe: at most ${MAX_SUBSCRIPTIONS} subscriptions`);
    }
    const router = await this.#plane.router();
    const layer = params.preferred_spatial_layer;
    const subscription = await router.createPlainSubscription({
      trackId: params.track_id,
      ip: params.ip,
      port: params.port,
      ...(layer === undefined ? {} : { preferredSpatialLayer: layer }),
    });
    if (this.#closed) {
      subscription.close();
      throw new PublicError(410, 'the peer has left');
    }
    const id = randomUUID();
    this.#subscriptions.set(id, subscription);
    void subscription.closed.then(() => this.#subscriptions.delete(id));
    return describe(id, subscription);
  }

  async resume({ subscription_id: id }: MethodParams<'plain-resume'>): Promise<void> {
    await this.#named(id).resume();
  }

  async setLayer(params: MethodParams<'plain-layer'>): Promise<void> {
    await this.#named(params.subscription_id).setPreferredSpatialLayer(params.preferred_spatial_layer);
  }

  unsubscribe({ subscription_id: id }: MethodParams<'plain-unsubscribe'>): void {
    this.#subscriptions.get(id)?.close();
  }

  close(): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
  }

  #named(id: string): PlainSubscription {
    const subscription = this.#subscriptions.get(id);
    if (!subscription) throw new PublicError(404, `no plain subscription ${id}`);
    return subscription;
  }
}

function describe(id: string, { rtp }: PlainSubscription): PlainSubscribeResult {
  return {
    subscription_id: id,
    ip: rtp.remoteIp,
    port: rtp.remotePort,
    ssrc: rtp.ssrc,
    payload_type: rtp.payloadType,
    mime_type: rtp.mimeType,
    clock_rate: rtp.clockRate,
    ...(rtp.rtx ? { rtx_ssrc: rtp.rtx.ssrc, rtx_payload_type: rtp.rtx.payloadType } : {}),
    ...(rtp.channels === undefined ? {} : { channels: rtp.channels }),
  };
}
