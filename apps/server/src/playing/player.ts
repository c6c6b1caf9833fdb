import { type Clock, type CloseReason, type Logger, type Millis, messageOf, TaskQueue } from '@amphi/base';
import { iceFragmentOf, readIceCredentials } from '@amphi/sdp';
import type { ConnectionState, ProgramViewing } from '@amphi/sfu';
import type { FragmentAnswer } from '../ingest/ingest.ts';
import { MEDIA_LOST } from '../sessions/attendance.ts';
import { HttpPeerChannel } from '../sessions/http-peer-channel.ts';
import type { NewSocket, SessionHost } from '../sessions/ports/host.ts';

/** A player has to connect within this time after the answer. */
const CONNECT_MS: Millis = 30_000;
/** One whose network is lost may restart ICE for so long after the loss was seen. */
const RECONNECT_MS: Millis = 10_000;
/** Requests of one player that wait for each other. */
const MAX_WAITING = 8;

/**
 * One player of a session's live stream, from its offer to its end. It is a peer like any other (`HttpPeerChannel`), that ends
 * with its media.
 */
export class Player {
  /** The player's own address ends so; not to be guessed. */
  readonly id: string;
  /** Of the token or room code it came with; only its bearer changes or ends it. */
  readonly bearerHash: string;
  readonly #logger: Logger;
  readonly #channel: HttpPeerChannel;
  readonly #requests = new TaskQueue({ maxWaiting: MAX_WAITING });
  #viewing: ProgramViewing | undefined;
  #isPeer = false;
  #ufrag = '';
  #version = 1;
  #cancelDeadline = (): void => {};

  constructor(options: {
    readonly id: string;
    readonly bearerHash: string;
    readonly roomId: string;
    readonly reachedAt: string;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.id = options.id;
    this.bearerHash = options.bearerHash;
    this.#logger = options.logger.child({ playerId: options.id, roomId: options.roomId });
    const { reachedAt, clock } = options;
    this.#channel = new HttpPeerChannel({ what: 'player', reachedAt, listener: {}, clock, logger: this.#logger });
    void this.#channel.closed.then((reason) => this.#ended(reason));
  }

  /** It is out, and its peer is. */
  get closed(): Promise<CloseReason> {
    return this.#channel.closed;
  }

  /** Names its ICE session, as an encoder's. */
  get etag(): string {
    return `"${this.#version}"`;
  }

  /**
   * Takes a place in the session and watches its stream. The stream comes first: who asks again and again for one that does
   * not run is no news to those in the room.
   * @returns the answer
   * @throws PublicError, CodedError as `Seat.watch`, and as a client is refused; it is out then
   */
  async begin(options: {
    readonly host: Pick<SessionHost, 'admit'>;
    readonly arrival: NewSocket;
    readonly name: string;
    readonly offer: string;
  }): Promise<string> {
    try {
      const seat = await options.host.admit(this.#channel, options.arrival);
      this.#channel.weigh(options.offer.length);
      const viewing = await seat.watch(options.offer);
      this.#viewing = viewing;
      this.#ufrag = readIceCredentials(options.offer)?.iceUfrag ?? '';
      viewing.events.on('connectionState', ({ state }) => this.#follow(state));
      void viewing.closed.then(() => this.#giveUp());
      await this.#channel.call('join', { name: options.name, data: '', disableVidAutoSub: true }, 0);
      this.#isPeer = true;
      if (viewing.connectionState !== 'connected') this.#allow(CONNECT_MS);
      return viewing.answer;
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  /**
   * A fragment that trickles candidates, of which an ICE-lite server needs none, or restarts ICE.
   * @throws PublicError 410, 429; CodedError `invalid_sdp`, `closed`
   */
  patch(fragment: string): Promise<FragmentAnswer> {
    return this.#requests.push('patch', async () => {
      this.#channel.weigh(fragment.length);
      const credentials = readIceCredentials(fragment);
      if (!credentials || credentials.iceUfrag === this.#ufrag || !this.#viewing) {
        return { fragment: undefined, etag: this.etag };
      }
      const answer = await this.#viewing.restartIce();
      this.#ufrag = credentials.iceUfrag;
      this.#version += 1;
      return { fragment: iceFragmentOf(answer), etag: this.etag };
    });
  }

  /** It leaves. */
  async end(): Promise<void> {
    if (this.#isPeer) await this.#channel.call('leave', {}, 0).catch(() => {});
    this.#giveUp();
  }

  #follow(state: ConnectionState): void {
    if (state === 'connected') this.#cancelDeadline();
    else if (state === 'disconnected') this.#allow(RECONNECT_MS);
    else if (state === 'failed' || state === 'closed') this.#giveUp();
  }

  #allow(ms: Millis): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#channel.timers.after(ms, () => this.#giveUp());
  }

  #giveUp(): void {
    this.#channel.close({ by: 'self', code: MEDIA_LOST });
  }

  #ended(reason: CloseReason): void {
    this.#requests.close();
    try {
      this.#viewing?.close();
    } catch (error) {
      this.#logger.warn({ error: messageOf(error) }, 'a player could not be ended');
    }
    this.#logger.debug({ reason }, 'player gone');
  }
}
