import { randomInt } from 'node:crypto';
import { type CloseReason, CodedError, type Logger, Scope } from '@amphi/base';
import { parseOffer, playerSections } from '@amphi/sdp';
import type { types } from 'mediasoup';
import type { ListenAddress, ProgramRtp, ProgramSource, ProgramViewing } from './contract.ts';
import { type Producers, ProgramDialect } from './program-dialect.ts';
import { RouterProgramViewing } from './program-viewing.ts';
import { countIn, type Usage } from './usage.ts';
import { closedError, createWebRtcTransport } from './webrtc-transport.ts';

export interface ProgramSourceOptions {
  /** Another router on the worker of the session. */
  readonly createRouter: (codecs: types.RouterRtpCodecCapability[]) => Promise<types.Router>;
  readonly webRtcServer: types.WebRtcServer;
  readonly listen: readonly ListenAddress[];
  /** Local address to receive on. */
  readonly plainIp: string;
  readonly initialOutgoingBitrateBps: number;
  readonly usage: Usage;
  readonly logger: Logger;
}

/** What is composed: high profile, of whatever level. */
const CODECS: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, preferredPayloadType: 100 },
  {
    kind: 'video',
    mimeType: 'video/H264',
    clockRate: 90_000,
    preferredPayloadType: 101,
    parameters: { 'packetization-mode': 1, 'profile-level-id': '640028', 'level-asymmetry-allowed': 1 },
  },
];
const CNAME = 'program';
/** A key frame is many packets at once. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
/** Players restart ICE themselves; this only frees a transport whose player vanished. */
const CONSENT_TIMEOUT_S = 30;
/**
 * Sets of payload types that are spoken at a time. Players of one make use the same, and there are few makes; each set
 * costs a copy of the program within the worker.
 */
const MAX_DIALECTS = 16;

/**
 * A composed program on its way to players: one transport that takes it, a router for each set of payload types that
 * players ask for (`ProgramDialect`), and their connections on these.
 */
export class RouterProgramSource implements ProgramSource {
  readonly rtp: ProgramRtp;
  readonly #options: ProgramSourceOptions;
  readonly #router: types.Router;
  readonly #producers: Producers;
  readonly #scope = new Scope();
  readonly #dialects = new Map<string, Promise<ProgramDialect>>();

  /** @param sender where the program comes from, and feedback goes to */
  static async create(
    options: ProgramSourceOptions,
    sender: { readonly ip: string; readonly port: number },
  ): Promise<RouterProgramSource> {
    const router = await options.createRouter(CODECS);
    try {
      const transport = await router.createPlainTransport({
        listenInfo: { protocol: 'udp', ip: options.plainIp, recvBufferSize: RECEIVE_BUFFER_BYTES },
        rtcpMux: true,
        comedia: false,
      });
      await transport.connect(sender);
      const [audio, video] = CODECS as [types.RouterRtpCodecCapability, types.RouterRtpCodecCapability];
      const producers = {
        audio: await transport.produce(producing(audio)),
        video: await transport.produce(producing(video)),
      };
      return new RouterProgramSource(options, router, transport, producers);
    } catch (error) {
      router.close();
      throw error;
    }
  }

  private constructor(
    options: ProgramSourceOptions,
    router: types.Router,
    transport: types.PlainTransport,
    producers: Producers,
  ) {
    this.#options = options;
    this.#router = router;
    this.#producers = producers;
    this.rtp = {
      ip: transport.tuple.localAddress,
      port: transport.tuple.localPort,
      audio: streamOf(producers.audio),
      video: streamOf(producers.video),
    };
    for (let producer = 0; producer < 2; producer++) this.#scope.defer(countIn(options.usage, 'producers'));
    this.#scope.defer(() => router.close());
    router.observer.once('close', () => this.close({ by: 'failure', code: 'worker_died' }));
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  async createViewing({ sdp }: { readonly sdp: string }): Promise<ProgramViewing> {
    const offer = parseOffer(sdp);
    const sections = playerSections(offer);
    if (this.#scope.isClosed) throw closedError('program');
    const dialect = await this.#dialectFor(sections);
    const leave = dialect.enter();
    try {
      const { webRtcServer, listen, initialOutgoingBitrateBps, usage, logger } = this.#options;
      const transport = await createWebRtcTransport(dialect.router, webRtcServer, {
        listen,
        consentTimeoutS: CONSENT_TIMEOUT_S,
        initialOutgoingBitrateBps,
      });
      const viewing = await RouterProgramViewing.create({ offer, sections, dialect, transport, usage, logger });
      void viewing.closed.then(leave);
      return this.#scope.own(viewing);
    } catch (error) {
      leave();
      if (this.#scope.isClosed) throw closedError('program', error);
      throw error;
    }
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  /** One that is there, or is being made, with these payload types; it goes with its last viewing. */
  #dialectFor(sections: Parameters<typeof ProgramDialect.keyOf>[0]): Promise<ProgramDialect> {
    const key = ProgramDialect.keyOf(sections);
    const known = this.#dialects.get(key);
    if (known) return known;
    if (this.#dialects.size >= MAX_DIALECTS) {
      throw new CodedError('too_many_requests', `players use more than ${MAX_DIALECTS} sets of payload types`);
    }
    const made = ProgramDialect.create({
      sections,
      source: this.#router,
      producers: this.#producers,
      createRouter: this.#options.createRouter,
      plainIp: this.#options.plainIp,
    });
    this.#dialects.set(key, made);
    const forget = (): void => {
      if (this.#dialects.get(key) === made) this.#dialects.delete(key);
    };
    made.then((dialect) => {
      this.#scope.own(dialect);
      void dialect.closed.then(forget);
    }, forget);
    return made;
  }
}

function producing(codec: types.RouterRtpCodecCapability): types.ProducerOptions {
  const { kind, mimeType, clockRate, channels, parameters = {}, preferredPayloadType: payloadType = 0 } = codec;
  return {
    kind,
    rtpParameters: {
      codecs: [
        {
          mimeType,
          payloadType,
          clockRate,
          ...(channels === undefined ? {} : { channels }),
          parameters,
          rtcpFeedback: kind === 'video' ? [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }] : [],
        },
      ],
      encodings: [{ ssrc: randomInt(1, 2 ** 32) }],
      rtcp: { cname: CNAME, reducedSize: true },
    },
  };
}

function streamOf({ rtpParameters: { codecs, encodings } }: types.Producer): ProgramRtp['audio'] {
  return { ssrc: encodings?.[0]?.ssrc ?? 0, payloadType: codecs[0]?.payloadType ?? 0 };
}
