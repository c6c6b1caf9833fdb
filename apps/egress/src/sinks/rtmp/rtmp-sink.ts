import { backoffMs, type Clock, type Logger, type Millis, Scope, systemClock } from '@amphi/base';
import { aacBody, aacHeader, avcBody, avcHeader, parseRtmpTarget, type RtmpTarget, streamMetadata } from '@amphi/rtmp';
import { type AacFrame, avcConfigOf, type EncodedPicture, type Program, type Sink, SinkStatus } from '../sink.ts';
import { Interleaver } from './interleaver.ts';
import { RtmpConnection, type RtmpFailure } from './rtmp-connection.ts';

/** Of one output, between connections. */
export interface RtmpPolicy {
  readonly backoff: { readonly firstMs: Millis; readonly capMs: Millis };
  /** Connections in a row that failed, after which it is given up: about three minutes. */
  readonly maxFailures: number;
  /** One that was published for so long counts as healed. */
  readonly stableMs: Millis;
}

const POLICY: RtmpPolicy = { backoff: { firstMs: 1_000, capMs: 30_000 }, maxFailures: 10, stableMs: 30_000 };
/** What may wait for a slow platform, of the stream's time. */
const MAX_WAITING_SECONDS = 3;
/** Of a picture that does not move. */
const MIN_WAITING_BYTES = 512 * 1024;

/** A connection on which the stream is published. */
interface Publishing {
  readonly connection: RtmpConnection;
  readonly program: Program;
  /** Of the first picture, a key frame: time 0 of this connection. Undefined until it is there. */
  firstTick: number | undefined;
}

/**
 * A program on another platform, by RTMP: one rung and the sound, as they come from the encoders. A connection that is lost is
 * made again, and the stream goes on there with the next key frame. A platform that is too slow loses pictures, from one
 * key frame to another, never the time of others.
 */
export class RtmpSink implements Sink {
  readonly id: string;
  readonly status = new SinkStatus();
  readonly #target: RtmpTarget | undefined;
  readonly #rung: string;
  readonly #allowPrivate: boolean;
  readonly #policy: RtmpPolicy;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scope: Scope;
  readonly #interleaver = new Interleaver();
  #rungIndex = -1;
  #maxWaitingBytes = MIN_WAITING_BYTES;
  #connection: RtmpConnection | undefined;
  #publishing: Publishing | undefined;
  #failures = 0;
  #publishingSince: Millis = 0;
  /** Pictures left out since the platform became too slow; undefined while it keeps up. */
  #dropped: number | undefined;

  constructor(options: {
    readonly id: string;
    /** With the stream key. */
    readonly url: string;
    readonly rung: string;
    /** Whether to connect to this machine and its network. */
    readonly allowPrivate: boolean;
    readonly policy?: RtmpPolicy;
    readonly clock?: Clock;
    readonly logger: Logger;
  }) {
    this.id = options.id;
    this.#target = parseRtmpTarget(options.url);
    this.#rung = options.rung;
    this.#allowPrivate = options.allowPrivate;
    this.#policy = options.policy ?? POLICY;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger;
    this.#scope = new Scope({ clock: this.#clock });
  }

  open(program: Program): void {
    this.#rungIndex = program.videos.findIndex(({ rung }) => rung.id === this.#rung);
    const video = program.videos[this.#rungIndex];
    if (!video || !this.#target) {
      this.status.fail('rtmp_malformed', video ? 'this is no RTMP address' : `there is no rung ${this.#rung}`);
      return;
    }
    const bytesPerSecond = (video.rung.bitrateBps + program.audio.bitrateBps) / 8;
    this.#maxWaitingBytes = Math.max(MIN_WAITING_BYTES, MAX_WAITING_SECONDS * bytesPerSecond);
    this.#connect(program, this.#target);
  }

  picture(rung: number, picture: EncodedPicture): void {
    const publishing = this.#publishing;
    if (!publishing || rung !== this.#rungIndex || !this.#isTaken(publishing, picture)) return;
    publishing.firstTick ??= picture.tick;
    const { program, connection, firstTick } = publishing;
    const timestamp = Math.round(((picture.tick - firstTick) * 1000) / program.frameRate);
    this.#interleaver.push('video', timestamp, () => {
      connection.publisher.video(timestamp, avcBody(picture.data, picture.isKeyframe));
      this.status.become('running');
    });
  }

  audio({ sample, data }: AacFrame): void {
    const publishing = this.#publishing;
    if (publishing?.firstTick === undefined) return;
    const { program, connection, firstTick } = publishing;
    const { sampleRate } = program.audio;
    const firstSample = (firstTick * sampleRate) / program.frameRate;
    const timestamp = Math.round(((sample - firstSample) * 1000) / sampleRate);
    // Sound is small: it is left out only when a platform takes nothing at all.
    if (timestamp < 0 || connection.waitingBytes > 2 * this.#maxWaitingBytes) return;
    this.#interleaver.push('audio', timestamp, () => connection.publisher.audio(timestamp, aacBody(data)));
  }

  async end(): Promise<void> {
    if (this.#publishing) this.#interleaver.flush();
    this.#publishing = undefined;
    this.#scope.close();
    await this.#connection?.end();
    this.status.become('ended');
  }

  close(): void {
    this.#publishing = undefined;
    this.#interleaver.clear();
    this.#scope.close();
    this.#connection?.close();
  }

  #connect(program: Program, target: RtmpTarget): void {
    if (this.#scope.isClosed) return;
    const connection = new RtmpConnection({
      target,
      allowPrivate: this.#allowPrivate,
      clock: this.#clock,
      onPublishing: () => this.#handlePublishing(connection, program),
      onOver: (failure) => this.#handleOver(failure, program, target),
    });
    this.#connection = connection;
  }

  #handlePublishing(connection: RtmpConnection, program: Program): void {
    const video = program.videos[this.#rungIndex]!;
    const { width, height, bitrateBps } = video.rung;
    const { audio, frameRate } = program;
    const { publisher } = connection;
    publisher.metadata(
      streamMetadata({
        width,
        height,
        frameRate,
        videoBitrateBps: bitrateBps,
        audioBitrateBps: audio.bitrateBps,
        sampleRate: audio.sampleRate,
        channels: audio.channels,
      }),
    );
    publisher.video(0, avcHeader(avcConfigOf(video)));
    publisher.audio(0, aacHeader(audio.audioSpecificConfig));
    this.#publishing = { connection, program, firstTick: undefined };
    this.#publishingSince = this.#clock.now();
  }

  #handleOver({ code, message }: RtmpFailure, program: Program, target: RtmpTarget): void {
    const wasStable = this.#publishing && this.#clock.now() - this.#publishingSince >= this.#policy.stableMs;
    this.#publishing = undefined;
    this.#interleaver.clear();
    this.#tellDropped();
    if (this.status.isOver || this.#scope.isClosed) return;
    this.#failures = wasStable ? 1 : this.#failures + 1;
    if (code === 'rtmp_private' || this.#failures >= this.#policy.maxFailures) {
      this.status.fail(code, message);
      return;
    }
    const delayMs = backoffMs(this.#failures - 1, this.#policy.backoff);
    this.#logger.warn({ code, detail: message, failures: this.#failures, delayMs }, 'another platform is tried again');
    this.status.retry(code, message);
    this.#scope.after(delayMs, () => this.#connect(program, target));
  }

  /** A connection begins with a key frame, and so does what comes after pictures that were left out. */
  #isTaken({ connection, firstTick }: Publishing, { isKeyframe }: EncodedPicture): boolean {
    const { waitingBytes } = connection;
    if (this.#dropped === undefined) {
      if (waitingBytes <= this.#maxWaitingBytes) return isKeyframe || firstTick !== undefined;
      this.#logger.warn({ waitingBytes }, 'another platform is too slow: pictures are left out');
      this.#dropped = 0;
    } else if (isKeyframe && waitingBytes <= this.#maxWaitingBytes / 2) {
      this.#tellDropped();
      return true;
    }
    this.#dropped++;
    return false;
  }

  #tellDropped(): void {
    if (this.#dropped === undefined) return;
    this.#logger.warn({ pictures: this.#dropped }, 'pictures were left out for another platform');
    this.#dropped = undefined;
  }
}
