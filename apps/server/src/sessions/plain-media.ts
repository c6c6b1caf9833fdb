import { randomUUID } from 'node:crypto';
import {
  type MethodParams,
  type Notification,
  type PlainPublishResult,
  type PlainSubscribeResult,
  PublicError,
} from '@amphi/protocol';
import type { PlainSubscription, ProgramSource } from '@amphi/sfu';
import type { MediaPlane } from './media-plane.ts';

/** More than any stage that is composed. */
const MAX_SUBSCRIPTIONS = 256;

/** The plain RTP legs of one hidden peer. Those that end without being asked to are told. */
export class PlainMedia {
  readonly #plane: Pick<MediaPlane, 'router'>;
  readonly #notify: (notification: Notification) => void;
  readonly #subscriptions = new Map<string, PlainSubscription>();
  #publication: { readonly id: string; readonly source: ProgramSource } | undefined;
  #closed = false;

  constructor(options: {
    readonly plane: Pick<MediaPlane, 'router'>;
    readonly notify: (notification: Notification) => void;
  }) {
    this.#plane = options.plane;
    this.#notify = options.notify;
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
    subscription.events.on('captureReport', ({ ssrc, ntp, rtpTimestamp }) => {
      const params = { subscription_id: id, ssrc, ntp, rtp_timestamp: rtpTimestamp };
      this.#notify({ method: 'plain-report', params });
    });
    void subscription.closed.then(() => {
      // Who unsubscribed knows.
      if (this.#subscriptions.delete(id)) this.#notify({ method: 'plain-ended', params: { subscription_id: id } });
    });
    return describe(id, subscription);
  }

  async resume({ subscription_id: id }: MethodParams<'plain-resume'>): Promise<void> {
    await this.#named(id).resume();
  }

  async setLayer(params: MethodParams<'plain-layer'>): Promise<void> {
    await this.#named(params.subscription_id).setPreferredSpatialLayer(params.preferred_spatial_layer);
  }

  unsubscribe({ subscription_id: id }: MethodParams<'plain-unsubscribe'>): void {
    const subscription = this.#subscriptions.get(id);
    this.#subscriptions.delete(id);
    subscription?.close();
  }

  /** The program comes from there; one that came before it ends. */
  async publish(params: MethodParams<'plain-publish'>): Promise<{ source: ProgramSource; answer: PlainPublishResult }> {
    const router = await this.#plane.router();
    const source = await router.createProgramSource(params);
    if (this.#closed) {
      source.close();
      throw new PublicError(410, 'the peer has left');
    }
    this.#publication?.source.close();
    const id = randomUUID();
    this.#publication = { id, source };
    const { ip, port, audio, video } = source.rtp;
    const streamOf = ({ ssrc, payloadType }: typeof audio) => ({ ssrc, payload_type: payloadType });
    return { source, answer: { publication_id: id, ip, port, audio: streamOf(audio), video: streamOf(video) } };
  }

  unpublish({ publication_id: id }: MethodParams<'plain-unpublish'>): void {
    if (this.#publication?.id !== id) return;
    this.#publication.source.close();
    this.#publication = undefined;
  }

  /** What there is, for a peer whose socket was gone: it may have missed ends, and answers. */
  tellAll(): void {
    this.#notify({ method: 'plain-list', params: { subscription_ids: [...this.#subscriptions.keys()] } });
  }

  close(): void {
    this.#closed = true;
    const subscriptions = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    for (const subscription of subscriptions) subscription.close();
    this.#publication?.source.close();
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
    ...(rtp.spatialLayers === undefined ? {} : { spatial_layers: rtp.spatialLayers }),
  };
}
