import { type CloseReason, CodedError, Emitter, type Logger, logListenerErrors, Scope } from '@amphi/base';
import type { RtpCapabilities } from '@amphi/sdp';
import type { types } from 'mediasoup';
import { observeAudioLevels } from './audio-levels.ts';
import type {
  ListenAddress,
  PlainSubscription,
  PlainSubscriptionOptions,
  ProgramSource,
  PublishedTrack,
  Publishing,
  SessionRouter,
  SessionRouterEvents,
  Subscribing,
} from './contract.ts';
import { plainCapabilities, publishCapabilities, subscribeCapabilities } from './media-codecs.ts';
import { RouterPlainSubscription } from './plain-subscription.ts';
import { RouterProgramSource } from './program-source.ts';
import { PublishedTracks } from './published-tracks.ts';
import { RouterPublishing } from './publishing.ts';
import { RouterSubscribing } from './subscribing.ts';
import { countIn, type Usage } from './usage.ts';
import { closedError, createWebRtcTransport, isOfDeadWorker } from './webrtc-transport.ts';

/** Publishers restart ICE themselves; this only frees a transport whose client vanished (mediasoup's default). */
const PUBLISH_CONSENT_TIMEOUT_S = 30;
/**
 * Subscribers wait for the server to restart ICE, so it must notice soon. Browsers check consent every 5 s at least
 * (RFC 7675, 5.1); two lost checks in a row are no loss yet.
 */
const SUBSCRIBE_CONSENT_TIMEOUT_S = 12;

export interface SessionRouterOptions {
  readonly sessionId: string;
  readonly router: types.Router;
  /** Another router on the same worker. */
  readonly createRouter: (codecs: types.RouterRtpCodecCapability[]) => Promise<types.Router>;
  readonly webRtcServer: types.WebRtcServer;
  readonly listen: readonly ListenAddress[];
  readonly plainIp: string;
  readonly initialOutgoingBitrateBps: number;
  readonly usage: Usage;
  readonly logger: Logger;
}

/** One mediasoup router with everything that one session hangs on it. */
export class WorkerSessionRouter implements SessionRouter {
  readonly sessionId: string;
  readonly events: Emitter<SessionRouterEvents>;
  readonly #options: SessionRouterOptions;
  readonly #direct: types.DirectTransport;
  readonly #scope: Scope;
  readonly #tracks: PublishedTracks;
  readonly #publishCapabilities: RtpCapabilities;

  static async create(options: SessionRouterOptions): Promise<WorkerSessionRouter> {
    try {
      const direct = await options.router.createDirectTransport();
      const session = new WorkerSessionRouter(options, direct);
      await observeAudioLevels(options.router, session.#tracks, (levels) => {
        session.events.emit('audioLevels', { levels });
      });
      return session;
    } catch (error) {
      options.router.close();
      throw error;
    }
  }

  private constructor(options: SessionRouterOptions, direct: types.DirectTransport) {
    const { router, logger, usage } = options;
    this.sessionId = options.sessionId;
    this.#options = options;
    this.#direct = direct;
    this.events = new Emitter(logListenerErrors(logger));
    this.#tracks = new PublishedTracks(logger);
    this.#publishCapabilities = publishCapabilities(router.rtpCapabilities);
    this.#scope = new Scope({
      onCleanUpError: (error) => logger.error({ error }, 'clean-up of a session router failed'),
    });
    this.#scope.defer(countIn(usage, 'sessionRouters'));
    this.#scope.defer(() => this.events.clear());
    this.#scope.defer(() => router.close());
    router.observer.once('close', () => this.close({ by: 'failure', code: 'worker_died' }));
    this.#tracks.events.on('removed', ({ publication: { track } }) => {
      this.events.emit('trackUnpublished', { trackId: track.trackId, peerId: track.peerId });
    });
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  tracks(): readonly PublishedTrack[] {
    return this.#tracks.list();
  }

  async createPublishing({ peerId }: { readonly peerId: string }): Promise<Publishing> {
    this.#assertOpen();
    return this.#scope.own(
      new RouterPublishing({
        peerId,
        createTransport: () => this.#createTransport(PUBLISH_CONSENT_TIMEOUT_S),
        capabilities: this.#publishCapabilities,
        tracks: this.#tracks,
        usage: this.#options.usage,
        logger: this.#options.logger.child({ peerId }),
      }),
    );
  }

  async createSubscribing({ peerId }: { readonly peerId: string }): Promise<Subscribing> {
    const transport = await this.#createTransport(SUBSCRIBE_CONSENT_TIMEOUT_S);
    return this.#scope.own(
      new RouterSubscribing({
        peerId,
        transport,
        direct: this.#direct,
        capabilities: subscribeCapabilities(this.#options.router.rtpCapabilities),
        tracks: this.#tracks,
        usage: this.#options.usage,
        logger: this.#options.logger.child({ peerId }),
      }),
    );
  }

  async createPlainSubscription(options: PlainSubscriptionOptions): Promise<PlainSubscription> {
    this.#assertOpen();
    const publication = this.#tracks.get(options.trackId);
    if (!publication) {
      throw new CodedError('unknown_track', `track ${options.trackId} is not published in session ${this.sessionId}`);
    }
    const { router, plainIp, usage, logger } = this.#options;
    const capabilities = plainCapabilities(router.rtpCapabilities);
    const subscription = await this.#guard(
      RouterPlainSubscription.create({
        ...options,
        router,
        publication,
        tracks: this.#tracks,
        capabilities,
        plainIp,
        usage,
        logger,
      }),
    );
    return this.#scope.own(subscription);
  }

  async createProgramSource(sender: { readonly ip: string; readonly port: number }): Promise<ProgramSource> {
    this.#assertOpen();
    const source = await this.#guard(RouterProgramSource.create(this.#options, sender));
    return this.#scope.own(source);
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  async #createTransport(consentTimeoutS: number): Promise<types.WebRtcTransport> {
    this.#assertOpen();
    const { router, webRtcServer, listen, initialOutgoingBitrateBps } = this.#options;
    const transport = await this.#guard(
      createWebRtcTransport(router, webRtcServer, { listen, consentTimeoutS, initialOutgoingBitrateBps }),
    );
    if (this.#scope.isClosed) transport.close();
    this.#assertOpen();
    return transport;
  }

  /** Whatever fails because the session closed meanwhile, or is about to with its worker, fails with `closed`. */
  async #guard<T>(request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      if (this.#scope.isClosed || isOfDeadWorker(error)) {
        throw closedError(`session router ${this.sessionId}`, error);
      }
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.#scope.isClosed) throw closedError(`session router ${this.sessionId}`);
  }
}
