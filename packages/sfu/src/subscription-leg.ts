import { type Logger, logFaults, messageOf, Scope } from '@amphi/base';
import type { RtpParameters } from '@amphi/sdp';
import { parseScalabilityMode, type types } from 'mediasoup';
import type { DesiredTrack, LayerName } from './contract.ts';
import { MAX_SPARED_LAYERS } from './downlink-relief.ts';
import { spatialLayerFor } from './layer-names.ts';
import { type LayerReport, LayerReports } from './layer-reports.ts';
import { LayerWish } from './layer-wish.ts';
import { fromMediasoup } from './media-codecs.ts';
import type { Publication } from './published-tracks.ts';

export interface SubscriptionLegOptions {
  readonly publication: Publication;
  readonly consumer: types.Consumer;
  readonly mid: string;
  readonly onLayers: (report: LayerReport) => void;
  /** What is sent of it, or what arrives, is told anew (`layerschange`, `score`). */
  readonly onDelivery: () => void;
  readonly logger: Logger;
}

/** One track on its way to one subscriber: a consumer, what is wanted of it, and what it delivers. */
export class SubscriptionLeg {
  readonly publication: Publication;
  readonly mid: string;
  readonly parameters: RtpParameters;
  readonly #options: SubscriptionLegOptions;
  readonly #consumer: types.Consumer;
  readonly #scope: Scope;
  readonly #layer: LayerWish;
  readonly #reports: LayerReports;
  readonly #topTemporalLayer: number;
  #priority = 1;
  /** So many are not sent of what is wanted: the downlink loses too much. */
  #sparedLayers = 0;
  #wish: DesiredTrack = { subscribed: false, maxLayer: 'none' };
  #isSending = false;

  constructor(options: SubscriptionLegOptions) {
    const { publication, consumer, mid } = options;
    this.#options = options;
    this.#scope = new Scope({ onTimerError: logFaults(options.logger, 'a timer of a track that is sent failed') });
    this.#consumer = consumer;
    this.publication = publication;
    this.mid = mid;
    this.parameters = fromMediasoup(mid, consumer.rtpParameters);
    this.#scope.defer(() => consumer.close());
    consumer.on('score', options.onDelivery);
    consumer.on('layerschange', options.onDelivery);
    const { scalabilityMode } = consumer.rtpParameters.encodings?.[0] ?? {};
    this.#topTemporalLayer = parseScalabilityMode(scalabilityMode).temporalLayers - 1;
    this.#layer = new LayerWish(consumer, { onFailure: (error) => this.#noteFailure(error) });
    this.#reports = new LayerReports({ timers: this.#scope, tell: options.onLayers });
    if (publication.track.kind === 'video') {
      for (const event of ['layerschange', 'score', 'producerpause', 'producerresume'] as const) {
        consumer.on(event, () => this.#report());
      }
    }
  }

  get trackId(): string {
    return this.publication.track.trackId;
  }

  get isSending(): boolean {
    return this.#isSending;
  }

  /** Of what the subscriber receives, 0–10. */
  get score(): number {
    return this.#consumer.score.score;
  }

  /** Less is sent than is wanted and published, for want of a better downlink. */
  get isHeldBack(): boolean {
    const layer = this.#layerToSend();
    const { producerPaused, currentLayers } = this.#consumer;
    if (!this.#isSending || producerPaused || layer === undefined || this.publication.track.layers.length <= 1)
      return false;
    if (!this.#isPublished(layer)) return false;
    const { spatialLayer = -1, temporalLayer = 0 } = currentLayers ?? {};
    return spatialLayer < layer || (spatialLayer === layer && temporalLayer < this.#topTemporalLayer);
  }

  /** What it would take to send it as it is wanted, bit/s: what the publisher sends of it. Rejects when that went away. */
  async wantedBps(): Promise<number> {
    if (!this.#isSending) return 0;
    const { producer } = this.publication;
    const sent = await producer.getStats();
    const layer = this.#layerToSend() ?? 0;
    const { rid, ssrc } = producer.rtpParameters.encodings?.[layer] ?? {};
    const wanted = sent.find((one) => (rid === undefined ? one.ssrc === ssrc : one.rid === rid)) ?? sent[0];
    return wanted?.bitrate ?? 0;
  }

  /**
   * Brings the consumer in line with what is wanted.
   * @param isNegotiated before the client has answered the section nothing may be sent in it
   * @param sparedLayers of video: so many below the wish
   */
  apply(wish: DesiredTrack, isNegotiated: boolean, sparedLayers: number): void {
    this.#wish = wish;
    this.#sparedLayers = sparedLayers;
    const { kind, layers } = this.publication.track;
    const layer = this.#layerToSend();
    const wantsMedia = wish.subscribed && (kind === 'audio' || layer !== undefined);
    if (wantsMedia && layer !== undefined && layers.length > 1) this.#settle(this.#layer.want(layer));
    const { priority = 1 } = wish;
    if (priority !== this.#priority) {
      this.#priority = priority;
      this.#settle(this.#consumer.setPriority(priority));
    }
    const isSending = isNegotiated && wantsMedia;
    if (isSending !== this.#isSending) {
      this.#isSending = isSending;
      this.#reports.setSending(isSending);
      // Resuming also asks the publisher for a key frame.
      this.#settle(isSending ? this.#consumer.resume() : this.#consumer.pause());
    }
    if (kind === 'video') this.#report();
  }

  close(): void {
    this.#scope.close();
  }

  /** Of video: index of the layer that is wanted and can be borne. A track without simulcast is spared last of all. */
  #layerToSend(): number | undefined {
    const { layers } = this.publication.track;
    const { maxLayer } = this.#wish;
    if (maxLayer === 'none' || this.#sparedLayers >= MAX_SPARED_LAYERS) return undefined;
    const layer = spatialLayerFor(layers, maxLayer) - (layers.length > 1 ? this.#sparedLayers : 0);
    return layer < 0 ? undefined : layer;
  }

  #settle(request: Promise<void>): void {
    // Rejects only when consumer, producer or worker went away meanwhile.
    request.catch((error: unknown) => this.#noteFailure(error));
  }

  #noteFailure(error: unknown): void {
    this.#options.logger.debug({ trackId: this.trackId, reason: messageOf(error) }, 'consumer not changed');
  }

  #report(): void {
    if (!this.#scope.isClosed) this.#reports.note(this.#currentLayers());
  }

  #currentLayers(): LayerReport {
    const { trackId, layers } = this.publication.track;
    const nothing: LayerReport = { trackId, current: 'none', expected: 'none', degraded: false };
    const { subscribed, maxLayer } = this.#wish;
    if (!subscribed || maxLayer === 'none') return nothing;
    const expectedIndex = spatialLayerFor(layers, maxLayer);
    const expected: LayerName = layers[expectedIndex] ?? 'high';
    if (!this.#isSending && this.#layerToSend() === undefined) return { ...nothing, expected, degraded: 'subscriber' };
    if (!this.#isSending) return nothing;
    if (this.#consumer.producerPaused) return { ...nothing, expected };
    // Without simulcast there is one layer, and nothing holds it back.
    if (layers.length <= 1) return { trackId, current: expected, expected, degraded: false };
    const currentIndex = this.#consumer.currentLayers?.spatialLayer ?? -1;
    const current = layers[currentIndex] ?? 'none';
    if (currentIndex >= expectedIndex) return { trackId, current, expected, degraded: false };
    return { trackId, current, expected, degraded: this.#isPublished(expectedIndex) ? 'subscriber' : 'publisher' };
  }

  /** The publisher sends that layer. Of layers within one stream only the stream is known. */
  #isPublished(layer: number): boolean {
    const { producerScores } = this.#consumer.score;
    return (producerScores[this.#consumer.type === 'svc' ? 0 : layer] ?? 0) > 0;
  }
}
