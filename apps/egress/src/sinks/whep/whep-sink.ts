import { randomInt } from 'node:crypto';
import { type Clock, messageOf, Scope, systemClock } from '@amphi/base';
import type { PlainPublishParams, PlainPublishResult } from '@amphi/protocol';
import { isRtcp, packetizeNals, parseRtcp } from '@amphi/rtp';
import {
  type AacFrame,
  avcConfigOf,
  type EncodedPicture,
  type OpusFrame,
  type Program,
  type Sink,
  SinkStatus,
} from '../sink.ts';
import { lengthPrefixedNals, parameterSets } from './nals.ts';
import { PacedSocket } from './paced-socket.ts';
import { RtpStream } from './rtp-stream.ts';

const VIDEO_CLOCK = 90_000;
/** Also the clock of its RTP (RFC 7587, 4.1). */
const OPUS_CLOCK = 48_000;
/** Receivers keep sound and pictures together by reports, a new player from its first one on. */
const REPORT_PERIOD_MS = 500;
const CNAME = 'program';
/** NTP counts from 1900 on (RFC 5905, 6). */
const NTP_EPOCH_MS = 2_208_988_800_000;

/** Agrees with the SFU on where the program is sent, and takes it back. */
export interface ProgramPublisher {
  publish(params: PlainPublishParams): Promise<PlainPublishResult>;
  unpublish(publicationId: string): Promise<void>;
}

interface Sending {
  readonly publicationId: string;
  readonly video: RtpStream;
  readonly audio: RtpStream;
  /** Its key frame was sent. */
  hasBegun: boolean;
}

/**
 * A program to players by WHEP: one rung and the sound as Opus, as plain RTP to the SFU, which hands it to each of them.
 * Nothing waits for anybody: what comes before the SFU has agreed, or is lost for good, is missing until the next key frame.
 */
export class WhepSink implements Sink {
  readonly id: string;
  readonly status = new SinkStatus();
  readonly takesOpus = true;
  readonly #rung: string;
  readonly #publisher: ProgramPublisher;
  readonly #listenIp: string;
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #socket: PacedSocket;
  /** Where time stamps begin (RFC 3550, 5.1). */
  readonly #base = { video: randomInt(2 ** 31), audio: randomInt(2 ** 31) };
  #rungIndex = -1;
  #program: Program | undefined;
  #sending: Sending | undefined;

  constructor(options: {
    readonly id: string;
    readonly rung: string;
    readonly publisher: ProgramPublisher;
    /** Address to send from and take feedback at, reachable from the SFU. */
    readonly listenIp: string;
    readonly clock?: Clock;
  }) {
    this.id = options.id;
    this.#rung = options.rung;
    this.#publisher = options.publisher;
    this.#listenIp = options.listenIp;
    this.#clock = options.clock ?? systemClock;
    this.#scope = new Scope({ clock: this.#clock });
    this.#socket = new PacedSocket({ clock: this.#clock, onMessage: (datagram) => this.#receive(datagram) });
    this.#scope.defer(() => this.#socket.close());
  }

  open(program: Program): void {
    if (this.#take(program)) {
      this.#agree().catch((error: unknown) => this.status.fail('whep_refused', messageOf(error)));
    }
  }

  /** Players see the other size by the parameter sets of its first picture; nothing is agreed anew. */
  reopen(program: Program): void {
    if (this.#take(program) && this.#sending) this.#sending.hasBegun = false;
  }

  picture(rung: number, { tick, isKeyframe, data }: EncodedPicture): void {
    const [sending, program] = [this.#sending, this.#program];
    if (!sending || !program || rung !== this.#rungIndex || !(isKeyframe || sending.hasBegun)) return;
    const { video } = sending;
    // A player that comes in the middle knows no parameter sets but those before its key frame.
    const sets = isKeyframe ? parameterSets(avcConfigOf(program.videos[rung]!)) : [];
    const payloads = packetizeNals([...sets, ...lengthPrefixedNals(data)]);
    this.#socket.send(video.packets(payloads, this.#videoTime(program, tick)));
    sending.hasBegun = true;
    this.status.become('running');
  }

  audio(_frame: AacFrame): void {}

  opus({ sample, data }: OpusFrame): void {
    const sending = this.#sending;
    if (sending) this.#socket.send(sending.audio.packets([data], this.#base.audio + sample));
  }

  async end(): Promise<void> {
    await this.#unpublish();
    this.close();
    this.status.become('ended');
  }

  close(): void {
    void this.#unpublish();
    this.#scope.close();
  }

  /** @returns whether it has the rung that goes there */
  #take(program: Program): boolean {
    this.#program = program;
    this.#rungIndex = program.videos.findIndex(({ rung }) => rung.id === this.#rung);
    if (this.#rungIndex < 0) this.status.fail('whep_malformed', `there is no rung ${this.#rung}`);
    return this.#rungIndex >= 0;
  }

  async #agree(): Promise<void> {
    const port = await this.#socket.open(this.#listenIp);
    const agreed = await this.#publisher.publish({ ip: this.#listenIp, port });
    const streamOf = ({ ssrc, payload_type: payloadType }: PlainPublishResult['video']): RtpStream =>
      new RtpStream({ ssrc, payloadType, cname: CNAME, firstSequence: randomInt(2 ** 15) });
    this.#sending = {
      publicationId: agreed.publication_id,
      video: streamOf(agreed.video),
      audio: streamOf(agreed.audio),
      hasBegun: false,
    };
    // It was ended while it was being agreed.
    if (this.#scope.isClosed) return this.#unpublish();
    this.#socket.connect(agreed.ip, agreed.port);
    this.#scope.every(REPORT_PERIOD_MS, () => this.#report());
  }

  /** When it cannot be taken back the SFU does so itself: it goes with the hidden peer, or with what comes next. */
  async #unpublish(): Promise<void> {
    const sending = this.#sending;
    this.#sending = undefined;
    if (sending) await this.#publisher.unpublish(sending.publicationId).catch(() => {});
  }

  #report(): void {
    const [sending, program] = [this.#sending, this.#program];
    if (!sending || !program) return;
    const { video, audio } = sending;
    const now = this.#clock.now();
    const seconds = (now - program.startedAtMs) / 1000;
    this.#socket.send([
      video.report(NTP_EPOCH_MS + now, this.#base.video + Math.round(seconds * VIDEO_CLOCK)),
      audio.report(NTP_EPOCH_MS + now, this.#base.audio + Math.round(seconds * OPUS_CLOCK)),
    ]);
  }

  #videoTime(program: Program, tick: number): number {
    return this.#base.video + Math.round((tick * VIDEO_CLOCK) / program.frameRate);
  }

  /** Key frames come by themselves, with each segment: a request for one changes nothing. */
  #receive(datagram: Uint8Array): void {
    const sending = this.#sending;
    if (!sending || !isRtcp(datagram)) return;
    for (const packet of parseRtcp(datagram)) {
      if (packet.type !== 'nack' || packet.mediaSsrc !== sending.video.ssrc) continue;
      this.#socket.send(sending.video.again(packet.sequenceNumbers));
    }
  }
}
