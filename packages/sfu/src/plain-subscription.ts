import { type CloseReason, CodedError, Emitter, type Logger, logListenerErrors, Scope } from '@amphi/base';
import { parseScalabilityMode, type types } from 'mediasoup';
import type {
  PlainRtp,
  PlainSubscription,
  PlainSubscriptionEvents,
  PlainSubscriptionOptions,
  PublishedTrack,
} from './contract.ts';
import { LayerWish } from './layer-wish.ts';
import { fromMediasoup } from './media-codecs.ts';
import type { Publication, PublishedTracks } from './published-tracks.ts';
import { countIn, type Usage } from './usage.ts';
import { closedError } from './webrtc-transport.ts';

/** NTP counts parts of a second in 32 bits (RFC 3550, 4). */
const NTP_FRACTIONS = 2 ** 32;

export interface PlainLegOptions extends PlainSubscriptionOptions {
  readonly router: types.Router;
  readonly publication: Publication;
  readonly tracks: PublishedTracks;
  readonly capabilities: types.RtpCapabilities;
  /** Local address to send from. */
  readonly plainIp: string;
  readonly usage: Usage;
  readonly logger: Logger;
}

/** A consumer on a transport of its own without encryption, RTP and RTCP on one port. */
export class RouterPlainSubscription implements PlainSubscription {
  readonly track: PublishedTrack;
  readonly rtp: PlainRtp;
  readonly events: Emitter<PlainSubscriptionEvents>;
  readonly #scope = new Scope();
  readonly #consumer: types.Consumer;
  readonly #layer: LayerWish;

  static async create(options: PlainLegOptions): Promise<RouterPlainSubscription> {
    const { router, publication, ip, port } = options;
    const transport = await router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: options.plainIp },
      rtcpMux: true,
      comedia: false,
    });
    try {
      await transport.connect({ ip, port });
      const consumer = await transport.consume({
        producerId: publication.producer.id,
        rtpCapabilities: options.capabilities,
        paused: true,
      });
      if (consumer.closed || !isPublished(options)) throw closedError(`track ${options.trackId}`);
      return new RouterPlainSubscription(options, transport, consumer);
    } catch (error) {
      transport.close();
      if (!isPublished(options)) {
        throw new CodedError('unknown_track', `track ${options.trackId} was unpublished`, { cause: error });
      }
      throw error;
    }
  }

  private constructor(options: PlainLegOptions, transport: types.PlainTransport, consumer: types.Consumer) {
    this.track = options.publication.track;
    this.rtp = describe(transport, consumer);
    this.events = new Emitter(logListenerErrors(options.logger));
    this.#consumer = consumer;
    // What cannot be changed has closed, or is about to be.
    this.#layer = new LayerWish(consumer, { onFailure: () => {} });
    if (options.preferredSpatialLayer !== undefined) this.#layer.want(options.preferredSpatialLayer).catch(() => {});
    this.#scope.defer(countIn(options.usage, 'plainSubscriptions'));
    this.#scope.defer(countIn(options.usage, 'consumers'));
    this.#scope.defer(() => transport.close());
    this.#scope.defer(() => this.events.clear());
    this.#passOnReports(options.publication.producer);
    const offRemoved = options.tracks.events.on('removed', ({ publication }) => {
      if (publication === options.publication) this.close({ by: 'remote', code: 'unpublished' });
    });
    this.#scope.defer(offRemoved);
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  resume(): Promise<void> {
    return this.#ask(() => this.#consumer.resume());
  }

  setPreferredSpatialLayer(layer: number): Promise<void> {
    return this.#ask(() => this.#layer.want(layer));
  }

  requestKeyFrame(): Promise<void> {
    return this.#ask(() => this.#consumer.requestKeyFrame());
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  #passOnReports(producer: types.Producer): void {
    const onTrace = ({ type, info }: types.ProducerTraceEventData): void => {
      if (type !== 'sr') return;
      const { ssrc, ntpSec, ntpFrac, rtpTs } = info as Record<'ssrc' | 'ntpSec' | 'ntpFrac' | 'rtpTs', number>;
      const ntp = ntpSec * 1000 + (ntpFrac / NTP_FRACTIONS) * 1000;
      this.events.emit('captureReport', { ssrc, ntp, rtpTimestamp: rtpTs });
    };
    producer.on('trace', onTrace);
    this.#scope.defer(() => void producer.off('trace', onTrace));
    // Rejects only when the producer went away meanwhile. Other legs may want it too, so it is never switched off.
    producer.enableTraceEvent(['sr']).catch(() => {});
  }

  async #ask(request: () => Promise<void>): Promise<void> {
    const what = `plain subscription of track ${this.track.trackId}`;
    if (this.#scope.isClosed) throw closedError(what);
    try {
      await request();
    } catch (error) {
      if (this.#scope.isClosed || this.#consumer.closed) throw closedError(what, error);
      throw error;
    }
  }
}

function isPublished({ tracks, trackId, publication }: PlainLegOptions): boolean {
  return tracks.get(trackId) === publication;
}

function describe(transport: types.PlainTransport, consumer: types.Consumer): PlainRtp {
  const { codecs, encodings, headerExtensions, rtcp } = fromMediasoup('', consumer.rtpParameters);
  const [codec, rtxCodec] = codecs;
  const [encoding] = encodings;
  if (!codec || encoding?.ssrc === undefined) throw closedError('consumer without codec');
  return {
    mimeType: codec.mimeType,
    payloadType: codec.payloadType,
    clockRate: codec.clockRate,
    ...(codec.channels === undefined ? {} : { channels: codec.channels }),
    ...(consumer.kind === 'video' && { spatialLayers: spatialLayersOf(consumer) }),
    parameters: codec.parameters,
    ssrc: encoding.ssrc,
    ...(rtxCodec && encoding.rtx ? { rtx: { payloadType: rtxCodec.payloadType, ssrc: encoding.rtx.ssrc } } : {}),
    headerExtensions,
    cname: rtcp.cname ?? '',
    remoteIp: transport.tuple.localAddress,
    remotePort: transport.tuple.localPort,
  };
}

function spatialLayersOf({ rtpParameters }: types.Consumer): number {
  return parseScalabilityMode(rtpParameters.encodings?.[0]?.scalabilityMode).spatialLayers;
}
