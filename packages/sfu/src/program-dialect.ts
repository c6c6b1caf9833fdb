import { type CloseReason, Scope } from '@amphi/base';
import type { PlayedSection, PlayerSections } from '@amphi/sdp';
import type { types } from 'mediasoup';

/** Sound and pictures of one program. */
export interface Producers {
  readonly audio: types.Producer;
  readonly video: types.Producer;
}

export interface ProgramDialectOptions {
  /** What a player receives; others whose sections have the same codecs share the dialect. */
  readonly sections: PlayerSections;
  readonly source: types.Router;
  readonly producers: Producers;
  readonly createRouter: (codecs: types.RouterRtpCodecCapability[]) => Promise<types.Router>;
  /** Local address of the way between the two routers. */
  readonly plainIp: string;
}

/**
 * The program with the payload types of some players. A player offers and numbers its codecs itself, mediasoup numbers
 * them by router: so there is a router for each numbering, and the program comes to it by a pipe. Closes when nobody is
 * in it any more.
 */
export class ProgramDialect {
  readonly router: types.Router;
  /** What of the program there is in this dialect. */
  readonly producers: { readonly audio: types.Producer | undefined; readonly video: types.Producer | undefined };
  readonly #scope = new Scope();
  #viewings = 0;

  static keyOf({ audio, video }: PlayerSections): string {
    return JSON.stringify([audio, video].map((played) => (played ? codecOf(played) : null)));
  }

  static async create(options: ProgramDialectOptions): Promise<ProgramDialect> {
    const { sections, source, producers, plainIp } = options;
    const { audio, video } = sections;
    // Sound first: what is numbered automatically, retransmission, then keeps clear of both.
    const router = await options.createRouter([audio, video].flatMap((played) => (played ? [codecOf(played)] : [])));
    const ends: types.PipeTransport[] = [];
    try {
      const listenInfo = { protocol: 'udp', ip: plainIp } as const;
      const from = await source.createPipeTransport({ listenInfo });
      ends.push(from);
      const to = await router.createPipeTransport({ listenInfo });
      ends.push(to);
      await from.connect({ ip: to.tuple.localAddress, port: to.tuple.localPort });
      await to.connect({ ip: from.tuple.localAddress, port: from.tuple.localPort });
      const pipe = async (producer: types.Producer, played: PlayedSection | undefined) =>
        played && pipeAs(from, to, producer, played);
      return new ProgramDialect(router, from, {
        audio: await pipe(producers.audio, audio),
        video: await pipe(producers.video, video),
      });
    } catch (error) {
      for (const end of ends) end.close();
      router.close();
      throw error;
    }
  }

  private constructor(router: types.Router, from: types.PipeTransport, producers: ProgramDialect['producers']) {
    this.router = router;
    this.producers = producers;
    this.#scope.defer(() => from.close());
    this.#scope.defer(() => router.close());
    router.observer.once('close', () => this.close());
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /** One more is in it. @returns takes that one out, once */
  enter(): () => void {
    this.#viewings += 1;
    let isIn = true;
    return () => {
      if (isIn) this.#viewings -= 1;
      isIn = false;
      if (this.#viewings === 0) this.close();
    };
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }
}

/** Under the name that the player knows it by: its profile is that of the offer. */
async function pipeAs(
  from: types.PipeTransport,
  to: types.PipeTransport,
  producer: types.Producer,
  played: PlayedSection,
): Promise<types.Producer> {
  const consumer = await from.consume({ producerId: producer.id });
  const { kind, rtpParameters } = consumer;
  const { parameters = {} } = codecOf(played);
  return to.produce({
    kind,
    rtpParameters: { ...rtpParameters, codecs: rtpParameters.codecs.map((codec) => ({ ...codec, parameters })) },
  });
}

function codecOf({ codec }: PlayedSection): types.RouterRtpCodecCapability {
  const { payloadType: preferredPayloadType, clockRate } = codec;
  if (codec.mimeType.toLowerCase() === 'audio/opus') {
    const parameters = { 'sprop-stereo': 1 };
    return { kind: 'audio', mimeType: 'audio/opus', clockRate, channels: 2, preferredPayloadType, parameters };
  }
  const parameters = {
    'packetization-mode': 1,
    'profile-level-id': String(codec.parameters['profile-level-id'] ?? '42000a').toLowerCase(),
    'level-asymmetry-allowed': 1,
  };
  return { kind: 'video', mimeType: 'video/H264', clockRate, preferredPayloadType, parameters };
}
