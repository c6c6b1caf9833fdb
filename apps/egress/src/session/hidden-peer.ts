import { randomUUID } from 'node:crypto';
import { Emitter, type Logger, messageOf, systemClock, type Unsubscribe } from '@amphi/base';
import {
  type Notification,
  type PlainPublishParams,
  type PlainPublishResult,
  type PlainSubscribeParams,
  type PlainSubscribeResult,
  parseOrThrow,
  plainPublishResult,
  plainSubscribeResult,
} from '@amphi/protocol';
import type { CaptureReport } from '@amphi/rtp';
import { readNotification, SignalingConnection, SignalingError, socketUrl } from '@amphi/signaling';
import { nodeSockets } from './node-socket.ts';
import { Stage } from './stage.ts';

interface Events {
  /** In the session, for the first time. */
  joined: Record<string, never>;
  /** Someone came, went, changed name, tracks or mute state, other people speak, or roles are others. */
  stageChanged: Record<string, never>;
  /** The SFU ended a subscription, as its track ended; the track may be on stage again under the same id. */
  subscriptionEnded: { readonly subscriptionId: string };
  /** All subscriptions there are at the SFU, after the socket was lost and came back. */
  subscriptionsTold: { readonly subscriptionIds: readonly string[] };
  /** A publisher said when it captured. */
  captureReport: { readonly subscriptionId: string; readonly report: CaptureReport };
  /** The SFU lost everything: subscriptions are to be made anew. */
  mediaLost: Record<string, never>;
  /** Out of the session for good. `ended`: the session is over, not a failure. */
  left: { readonly ended: boolean; readonly code: string; readonly message: string };
}

/**
 * The composer's presence in a session: a client like any other (decision 0002) that no one sees. Comes back with the
 * same peer id after the socket was lost; the subscriptions live on in the SFU meanwhile.
 */
export class HiddenPeer {
  readonly stage: Stage;
  readonly #signaling: SignalingConnection;
  readonly #events = new Emitter<Events>();
  #joined = false;

  constructor(options: { readonly signalingUrl: string; readonly token: string; readonly logger: Logger }) {
    const { signalingUrl, token, logger } = options;
    const peerId = randomUUID();
    this.stage = new Stage(peerId);
    const url = socketUrl(signalingUrl, { peerId, token, userAgent: 'sdk:amphi_egress' });
    this.#signaling = new SignalingConnection({
      findAddress: async () => url,
      openSocket: nodeSockets(logger),
      clock: systemClock,
      logger,
    });
    this.#signaling.events.on('notification', ({ method, params }) => {
      const notification = readNotification(method, params, logger);
      if (notification) this.#handle(notification);
    });
    this.#signaling.events.on('lost', () => logger.warn({}, 'signaling lost, connecting again'));
    this.#signaling.events.on('failed', ({ error }) => this.#leaveFor(error));
  }

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): Unsubscribe {
    return this.#events.on(name, listener);
  }

  start(): void {
    this.#signaling.open().catch((error: unknown) => this.#leaveFor(error));
  }

  /** Asks for a track over plain RTP; nothing is sent before `resume`. */
  async subscribe(params: PlainSubscribeParams): Promise<PlainSubscribeResult> {
    return parseOrThrow(
      plainSubscribeResult,
      await this.#signaling.request('plain-subscribe', params),
      'plain-subscribe answer',
    );
  }

  async resume(subscriptionId: string): Promise<void> {
    await this.#signaling.request('plain-resume', { subscription_id: subscriptionId });
  }

  async preferLayer(subscriptionId: string, layer: number): Promise<void> {
    await this.#signaling.request('plain-layer', { subscription_id: subscriptionId, preferred_spatial_layer: layer });
  }

  async unsubscribe(subscriptionId: string): Promise<void> {
    await this.#signaling.request('plain-unsubscribe', { subscription_id: subscriptionId });
  }

  /** Agrees on where the composed program is sent as plain RTP, for players. */
  async publish(params: PlainPublishParams): Promise<PlainPublishResult> {
    return parseOrThrow(
      plainPublishResult,
      await this.#signaling.request('plain-publish', params),
      'plain-publish answer',
    );
  }

  async unpublish(publicationId: string): Promise<void> {
    await this.#signaling.request('plain-unpublish', { publication_id: publicationId });
  }

  /** Leaves the session. */
  close(): void {
    this.#signaling.notify('leave', { client_reason: 'stream ended' });
    this.#signaling.close();
  }

  #handle(notification: Notification): void {
    const isStageChanged = this.stage.apply(notification);
    const { method, params } = notification;
    switch (method) {
      case 'on-policy-change':
        // Comes unasked after the socket opened: only then may a peer join (client protocol, 4.1).
        if (!this.#joined) void this.#join();
        break;
      case 'peer-list':
        this.#signaling.confirmRecovered();
        break;
      case 'node-info':
        // Only sent when the media of the session moved to another router (client protocol, 5.8).
        this.#events.emit('mediaLost', {});
        return;
      case 'plain-ended':
        this.#events.emit('subscriptionEnded', { subscriptionId: params.subscription_id });
        return;
      case 'plain-report': {
        const { subscription_id: subscriptionId, ssrc, ntp, rtp_timestamp: rtpTimestamp } = params;
        this.#events.emit('captureReport', { subscriptionId, report: { ssrc, ntp, rtpTimestamp } });
        return;
      }
      case 'plain-list':
        this.#events.emit('subscriptionsTold', { subscriptionIds: params.subscription_ids });
        return;
      case 'on-peer-leave-request':
        this.#events.emit('left', {
          ended: true,
          code: 'session_ended',
          message: params.reason || 'the session ended',
        });
        return;
      case 'on-error':
        this.#events.emit('left', {
          ended: false,
          code: 'signaling_refused',
          message: `${params.code} ${params.message}`,
        });
        return;
      default:
    }
    if (isStageChanged) this.#events.emit('stageChanged', {});
  }

  async #join(): Promise<void> {
    try {
      await this.#signaling.request('join', { name: 'egress', data: '', disableVidAutoSub: true });
      this.#joined = true;
      this.#events.emit('joined', {});
    } catch (error) {
      // A lost socket comes back and is told the policy again.
      if (error instanceof SignalingError && error.code === 'connection_lost') return;
      this.#events.emit('left', { ended: false, code: 'join_refused', message: messageOf(error) });
    }
  }

  /** The socket does not come back. */
  #leaveFor(error: unknown): void {
    const refused = error instanceof SignalingError && error.code === 'refused';
    const code = refused ? 'signaling_refused' : 'signaling_lost';
    this.#events.emit('left', { ended: false, code, message: messageOf(error) });
  }
}
