import { type Clock, type CloseReason, type Logger, type Millis, messageOf, TaskQueue } from '@amphi/base';
import type { TrackState } from '@amphi/protocol';
import type { IngestEnd } from '@amphi/rooms';
import { iceFragmentOf, offerAgain, readIceCredentials } from '@amphi/sdp';
import type { ConnectionState } from '@amphi/sfu';
import { MEDIA_LOST } from '../sessions/attendance.ts';
import { HttpPeerChannel } from '../sessions/http-peer-channel.ts';
import type { NewSocket, Seat, SessionHost } from '../sessions/ports/host.ts';

/** An encoder's media have to come within this time after the answer. */
const CONNECT_MS: Millis = 30_000;
/** One whose network is lost may restart ICE for so long after the loss was seen. */
const RECONNECT_MS: Millis = 10_000;
/** Requests of one encoder that wait for each other. */
const MAX_WAITING = 8;

/** What an encoder sends: its offer with tracks named, and these tracks. */
export interface EncoderOffer {
  readonly sdp: string;
  readonly tracks: readonly TrackState[];
}

/** What became of an ICE fragment. */
export interface FragmentAnswer {
  /** After a restart: what the encoder has to know. */
  readonly fragment: string | undefined;
  readonly etag: string;
}

/**
 * One encoder that sends into a session, from its offer to its end. It is a peer like any other (`HttpPeerChannel`), that ends
 * with its media.
 */
export class Ingest {
  /** The encoder's own address ends so; not to be guessed. */
  readonly id: string;
  /** Of the token, stream key or ticket it came with; only its bearer changes or ends it. */
  readonly tokenHash: string;
  readonly roomId: string;
  readonly #ingestId: string;
  readonly #startsStream: boolean;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #channel: HttpPeerChannel;
  readonly #requests = new TaskQueue({ maxWaiting: MAX_WAITING });
  readonly #onRefused: (why: string) => void;
  #seat: Seat | undefined;
  #isPeer = false;
  #offer: EncoderOffer | undefined;
  #ufrag = '';
  #version = 1;
  #isConnected = false;
  #startedAt: Millis | undefined;
  #lostAt: Millis | undefined;
  #why: IngestEnd = 'closed';
  /** That it has started is told, with the id of the stream. */
  #told: Promise<string> = Promise.resolve('');
  #cancelDeadline = (): void => {};

  constructor(options: {
    readonly id: string;
    /** For back ends. */
    readonly ingestId: string;
    readonly tokenHash: string;
    readonly roomId: string;
    readonly reachedAt: string;
    /** The live stream is to run while it sends. */
    readonly startsStream: boolean;
    /** Its media never came. */
    readonly onRefused: (why: string) => void;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.id = options.id;
    this.tokenHash = options.tokenHash;
    this.roomId = options.roomId;
    this.#ingestId = options.ingestId;
    this.#startsStream = options.startsStream;
    this.#onRefused = options.onRefused;
    this.#clock = options.clock;
    this.#logger = options.logger.child({ ingestId: options.ingestId, roomId: options.roomId });
    this.#channel = new HttpPeerChannel({
      what: 'encoder',
      reachedAt: options.reachedAt,
      listener: {
        publishStateChanged: (state) => this.#follow(state),
        policyChanged: () => this.#publishAgain(),
        unmuteRequested: (isMeant) => this.#unmute(isMeant),
      },
      clock: options.clock,
      logger: this.#logger,
    });
    void this.#channel.closed.then((reason) => this.#ended(reason));
  }

  /** It is out, and its peer is. */
  get closed(): Promise<CloseReason> {
    return this.#channel.closed;
  }

  /** Its media come in. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Names its ICE session (RFC 9725, 4.3.1). */
  get etag(): string {
    return `"${this.#version}"`;
  }

  /**
   * Takes a place in the session and sends in.
   * @returns the answer
   * @throws PublicError as a client is refused; it is out then
   */
  async begin(options: {
    readonly host: Pick<SessionHost, 'admit'>;
    readonly arrival: NewSocket;
    readonly name: string;
    readonly offer: EncoderOffer;
  }): Promise<string> {
    try {
      this.#seat = await options.host.admit(this.#channel, options.arrival);
      await this.#channel.call('join', { name: options.name, data: '', disableVidAutoSub: true }, 0);
      this.#isPeer = true;
      const answer = await this.#send(options.offer);
      if (!this.#isConnected) this.#allow(CONNECT_MS, 'lost');
      return answer;
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  /**
   * A fragment that trickles candidates, of which an ICE-lite server needs none, or restarts ICE (RFC 9725, 4.3).
   * @throws PublicError as an offer is refused; CodedError `invalid_sdp`
   */
  patch(fragment: string): Promise<FragmentAnswer> {
    return this.#requests.push('patch', async () => {
      this.#channel.weigh(fragment.length);
      const credentials = readIceCredentials(fragment);
      if (!credentials || credentials.iceUfrag === this.#ufrag || !this.#offer) {
        return { fragment: undefined, etag: this.etag };
      }
      const { sdp, tracks } = this.#offer;
      const answer = await this.#send({ sdp: offerAgain(sdp, credentials), tracks });
      this.#version += 1;
      return { fragment: iceFragmentOf(answer), etag: this.etag };
    });
  }

  /** It leaves. */
  async end(): Promise<void> {
    if (this.#isPeer) await this.#channel.call('leave', {}, 0).catch(() => {});
    // Should it have no right to say so: nobody comes back by it.
    this.#channel.close({ by: 'self', code: MEDIA_LOST });
  }

  async #send(offer: EncoderOffer): Promise<string> {
    const { sdp, tracks } = offer;
    const byId = Object.fromEntries(tracks.map((track) => [track.track_id, track]));
    const answer = await this.#channel.call('offer', { desc: { type: 'offer', sdp }, tracks: byId }, sdp.length);
    this.#offer = offer;
    this.#ufrag = readIceCredentials(sdp)?.iceUfrag ?? '';
    return (answer as { readonly sdp: string }).sdp;
  }

  /** Tracks that a role takes away and gives back are there again, though the encoder knows of neither. */
  #publishAgain(): void {
    this.#inBackground(async () => {
      if (this.#offer) await this.#send({ ...this.#offer, sdp: offerAgain(this.#offer.sdp) });
    });
  }

  /** Nobody sits there who could be asked. */
  #unmute(isMeant: (track: TrackState) => boolean): void {
    const tracks = this.#offer?.tracks.filter(isMeant) ?? [];
    if (tracks.length === 0) return;
    const byId = Object.fromEntries(tracks.map((track) => [track.track_id, { ...track, mute: false }]));
    this.#inBackground(() => this.#channel.call('track-update', { tracks: byId }, 0));
  }

  #inBackground(work: () => Promise<unknown>): void {
    this.#requests.push('follow', work).catch((error: unknown) => {
      this.#logger.debug({ error: messageOf(error) }, 'an encoder could not follow its session');
    });
  }

  #follow(state: ConnectionState): void {
    this.#isConnected = state === 'connected';
    switch (state) {
      case 'connected':
        this.#cancelDeadline();
        this.#lostAt = undefined;
        if (this.#startedAt === undefined) this.#start();
        return;
      case 'disconnected':
        this.#lostAt = this.#clock.now();
        this.#allow(RECONNECT_MS, 'lost');
        return;
      case 'failed':
        this.#giveUp('lost');
        return;
      case 'closed':
        this.#giveUp('closed');
    }
  }

  #start(): void {
    const seat = this.#seat;
    if (!seat) return;
    this.#startedAt = this.#clock.now();
    this.#told = (this.#startsStream ? seat.goLive() : Promise.resolve(''))
      .catch((error: unknown) => {
        this.#logger.error({ error: messageOf(error) }, 'the live stream of an encoder could not be started');
        return '';
      })
      .then((streamId) => {
        seat.record({ type: 'ingestStarted', ingestId: this.#ingestId, streamId });
        return streamId;
      });
    this.#logger.info({}, 'encoder connected');
  }

  #allow(ms: Millis, why: IngestEnd): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#channel.timers.after(ms, () => this.#giveUp(why));
  }

  #giveUp(why: IngestEnd): void {
    this.#why = why;
    this.#channel.close({ by: 'self', code: MEDIA_LOST });
  }

  async #ended(reason: CloseReason): Promise<void> {
    this.#requests.close();
    this.#isConnected = false;
    const startedAt = this.#startedAt;
    if (startedAt === undefined) {
      if (this.#why === 'lost') this.#onRefused('the media of the encoder did not arrive');
      return;
    }
    const why = reason.by === 'failure' && reason.code !== 'flood' ? 'failed' : this.#why;
    const streamId = await this.#told;
    this.#seat?.record({
      type: 'ingestEnded',
      ingestId: this.#ingestId,
      streamId,
      startedAt,
      ...(this.#lostAt === undefined ? {} : { lostAt: this.#lostAt }),
      why,
    });
    this.#logger.info({ why }, 'encoder gone');
  }
}
