import { randomInt } from 'node:crypto';
import { type CloseReason, Emitter, type Logger, logListenerErrors, Scope } from '@amphi/base';
import {
  answeringSetup,
  buildPlayAnswer,
  type PlayedSection,
  type PlayerSections,
  type RemoteDescription,
  type RtpParameters,
} from '@amphi/sdp';
import type { types } from 'mediasoup';
import type { ConnectionState, ProgramViewing, ProgramViewingEvents } from './contract.ts';
import { fromMediasoup } from './media-codecs.ts';
import type { ProgramDialect } from './program-dialect.ts';
import { countIn, type Usage } from './usage.ts';
import { closedError, connectTransport, localTransport, watchConnection } from './webrtc-transport.ts';

/** Names of one stream keep sound and pictures together in a player. */
const STREAM_ID = 'program';

export interface ProgramViewingOptions {
  readonly offer: RemoteDescription;
  readonly sections: PlayerSections;
  readonly dialect: ProgramDialect;
  /** Of the dialect's router. */
  readonly transport: types.WebRtcTransport;
  readonly usage: Usage;
  readonly logger: Logger;
}

/** The server's half of one player's connection: it offered once, what it receives never changes. */
export class RouterProgramViewing implements ProgramViewing {
  readonly events: Emitter<ProgramViewingEvents>;
  readonly #transport: types.WebRtcTransport;
  readonly #offer: RemoteDescription;
  readonly #sent: ReadonlyMap<string, RtpParameters>;
  readonly #sessionId = String(randomInt(1, 2 ** 47));
  readonly #scope = new Scope();
  #answers = 0;
  #state: ConnectionState = 'new';
  readonly answer: string;

  static async create(options: ProgramViewingOptions): Promise<RouterProgramViewing> {
    const { offer, sections, dialect, transport } = options;
    try {
      await connectTransport(transport, offer.transport, answeringSetup(offer) === 'passive' ? 'client' : 'server');
      const sent = new Map<string, RtpParameters>();
      for (const kind of ['audio', 'video'] as const) {
        const producer = dialect.producers[kind];
        const played = sections[kind];
        if (!producer || !played) continue;
        const consumer = await transport.consume({
          producerId: producer.id,
          rtpCapabilities: capabilitiesOf(dialect.router, played),
        });
        sent.set(played.mid, fromMediasoup(played.mid, consumer.rtpParameters));
      }
      if (transport.closed) throw closedError('program');
      return new RouterProgramViewing(options, sent);
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  private constructor(
    { offer, transport, usage, logger }: ProgramViewingOptions,
    sent: ReadonlyMap<string, RtpParameters>,
  ) {
    this.events = new Emitter(logListenerErrors(logger));
    this.#transport = transport;
    this.#offer = offer;
    this.#sent = sent;
    this.answer = this.#write();
    for (let consumer = 0; consumer < sent.size; consumer++) this.#scope.defer(countIn(usage, 'consumers'));
    this.#scope.defer(countIn(usage, 'viewings'));
    this.#scope.defer(() => transport.close());
    this.#scope.defer(() => this.events.clear());
    transport.observer.once('close', () => this.close({ by: 'remote', code: 'program_ended' }));
    watchConnection(transport, (state) => {
      this.#state = state;
      this.events.emit('connectionState', { state });
    });
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get connectionState(): ConnectionState {
    return this.#state;
  }

  async restartIce(): Promise<string> {
    if (this.#scope.isClosed) throw closedError('viewing');
    await this.#transport.restartIce();
    return this.#write();
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  #write(): string {
    this.#answers += 1;
    return buildPlayAnswer({
      offer: this.#offer,
      transport: localTransport(this.#transport),
      sent: this.#sent,
      streamId: STREAM_ID,
      sessionId: this.#sessionId,
      sessionVersion: this.#answers,
    });
  }
}

/** Losses are sent again in the stream itself, and no header extension is used: neither has the numbers of the offer. */
function capabilitiesOf(router: types.Router, { codec }: PlayedSection): types.RtpCapabilities {
  const own = router.rtpCapabilities.codecs?.filter(
    ({ preferredPayloadType }) => preferredPayloadType === codec.payloadType,
  );
  const rtcpFeedback = codec.rtcpFeedback.map(({ type, parameter }) => ({ type, parameter }));
  return { codecs: (own ?? []).map((each) => ({ ...each, rtcpFeedback })), headerExtensions: [] };
}
