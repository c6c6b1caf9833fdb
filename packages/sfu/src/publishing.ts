import { type CloseReason, CodedError, Emitter, type Logger, logListenerErrors, Scope, TaskQueue } from '@amphi/base';
import { parseOffer, type RemoteDescription, type RtpCapabilities } from '@amphi/sdp';
import type { types } from 'mediasoup';
import type {
  ConnectionState,
  PublishAnswer,
  PublishableTrack,
  PublishedTrack,
  Publishing,
  PublishingEvents,
  PublishLimits,
  SfuErrorCode,
} from './contract.ts';
import { PublishConnection } from './publish-connection.ts';
import type { PublishedTracks } from './published-tracks.ts';
import { countIn, type Usage } from './usage.ts';
import { closedError, isOfDeadWorker, WORKER_DEADLINE, watchConnection } from './webrtc-transport.ts';

/** A real client has one offer in flight, a reconnecting one a few. */
const MAX_WAITING_OFFERS = 16;
/** Peer connections of the past whose late offers are still recognised. */
const MAX_REMEMBERED_SESSIONS = 16;

export interface PublishingOptions {
  readonly peerId: string;
  readonly createTransport: () => Promise<types.WebRtcTransport>;
  readonly capabilities: RtpCapabilities;
  readonly tracks: PublishedTracks;
  readonly usage: Usage;
  readonly logger: Logger;
}

/** The transport is made with the first offer, and anew when the client made a new peer connection. */
export class RouterPublishing implements Publishing {
  readonly peerId: string;
  readonly events: Emitter<PublishingEvents>;
  readonly #options: PublishingOptions;
  readonly #scope = new Scope();
  readonly #offers = new TaskQueue({ maxWaiting: MAX_WAITING_OFFERS, deadline: WORKER_DEADLINE });
  #connection: PublishConnection | undefined;
  /** `o=` sessions of replaced peer connections: a request sent again after a reconnect may still carry one. */
  #replacedSessions: readonly string[] = [];
  #state: ConnectionState = 'new';

  constructor(options: PublishingOptions) {
    this.peerId = options.peerId;
    this.#options = options;
    this.events = new Emitter(logListenerErrors(options.logger));
    this.#scope.defer(countIn(options.usage, 'publishings'));
    this.#scope.defer(() => {
      this.#offers.close();
      this.#connection?.close();
      this.#setState('closed');
      this.events.clear();
    });
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get connectionState(): ConnectionState {
    return this.#state;
  }

  tracks(): readonly PublishedTrack[] {
    return this.#connection?.tracks() ?? [];
  }

  async handleOffer(options: {
    readonly sdp: string;
    readonly tracks: ReadonlyMap<string, PublishableTrack>;
    readonly limits?: PublishLimits;
  }): Promise<PublishAnswer> {
    try {
      return await this.#offers.push('offer', () => this.#answer(options.sdp, options.tracks, options.limits));
    } catch (error) {
      if (this.#scope.isClosed || isOfDeadWorker(error)) throw closedError(`publishing of peer ${this.peerId}`, error);
      if (error instanceof CodedError && error.code === 'queue_full') {
        throw new CodedError('too_many_requests', `peer ${this.peerId}: ${MAX_WAITING_OFFERS} offers wait already`);
      }
      if (error instanceof CodedError && error.code === 'overdue') {
        // The answer may still come, to something that nobody knows the state of: the next offer begins anew.
        this.close({ by: 'failure', code: 'overdue' });
        throw new CodedError('unavailable', `peer ${this.peerId}: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  setTrackMuted(trackId: string, muted: boolean): void {
    this.#connection?.setTrackMuted(trackId, muted);
  }

  closeTrack(trackId: string): void {
    this.#connection?.closeTrack(trackId);
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  async #answer(
    sdp: string,
    tracks: ReadonlyMap<string, PublishableTrack>,
    limits: PublishLimits | undefined,
  ): Promise<PublishAnswer> {
    const offer = parseOffer(sdp);
    const current = this.#connection;
    if (current?.isPeerOf(offer)) {
      if (offer.sessionVersion < current.version) {
        throw staleOffer(offer, `already answered is version ${current.version}`);
      }
      return { ...(await current.answer(offer, tracks, limits)), replaced: false };
    }
    if (this.#replacedSessions.includes(offer.sessionId)) {
      throw staleOffer(offer, 'its peer connection was replaced by another');
    }
    const connection = await this.#connect(offer);
    const gone = current?.close() ?? [];
    if (current && current.sessionId !== offer.sessionId) {
      this.#replacedSessions = [...this.#replacedSessions, current.sessionId].slice(-MAX_REMEMBERED_SESSIONS);
    }
    this.#connection = connection;
    this.#setState('connecting');
    watchConnection(connection.transport, (state) => {
      if (this.#connection === connection) this.#setState(state);
    });
    const outcome = await connection.answer(offer, tracks, limits);
    return {
      ...outcome,
      unpublished: [...gone, ...outcome.unpublished],
      replaced: current !== undefined,
    };
  }

  async #connect(offer: RemoteDescription): Promise<PublishConnection> {
    const { peerId, capabilities, tracks, usage, logger } = this.#options;
    const transport = await this.#options.createTransport();
    try {
      if (this.#scope.isClosed) throw closedError(`publishing of peer ${peerId}`);
      const connection = new PublishConnection({ peerId, transport, capabilities, tracks, usage, logger });
      await connection.connect(offer);
      if (this.#scope.isClosed) throw closedError(`publishing of peer ${peerId}`);
      return connection;
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.events.emit('connectionState', { state });
  }
}

function staleOffer(offer: RemoteDescription, why: string): CodedError<SfuErrorCode> {
  return new CodedError('stale_offer', `offer ${offer.sessionVersion} of session ${offer.sessionId}: ${why}`);
}
