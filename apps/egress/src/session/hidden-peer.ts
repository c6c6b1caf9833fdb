import { randomUUID } from 'node:crypto';
import { Emitter, type Logger, messageOf, type Unsubscribe } from '@amphi/base';
import {
  isNotificationName,
  notifications,
  type PlainSubscribeParams,
  type PlainSubscribeResult,
  parseOrThrow,
  plainSubscribeResult,
} from '@amphi/protocol';
import type { CaptureReport } from '@amphi/rtp';
import { SignalingClient } from './signaling-client.ts';
import { Stage } from './stage.ts';

interface Events {
  /** In the session, for the first time. */
  joined: Record<string, never>;
  /** Someone came, went, changed name, tracks or mute state, or other people speak. */
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
  readonly stage = new Stage();
  readonly #signaling: SignalingClient;
  readonly #events = new Emitter<Events>();
  readonly #logger: Logger;
  #joined = false;

  constructor(options: { readonly signalingUrl: string; readonly token: string; readonly logger: Logger }) {
    this.#logger = options.logger;
    const url = new URL(options.signalingUrl);
    url.searchParams.set('peer', randomUUID());
    url.searchParams.set('token', options.token);
    url.searchParams.set('user_agent_v2', 'sdk:amphi_egress');
    url.searchParams.set('protocol_version', '2.5');
    url.searchParams.set('protocol_spec', '20250115');
    this.#signaling = new SignalingClient({ url: url.href, logger: options.logger });
    this.#signaling.on('notification', ({ method, params }) => this.#handle(method, params));
    this.#signaling.on('lost', ({ code, message }) => this.#events.emit('left', { ended: false, code, message }));
  }

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): Unsubscribe {
    return this.#events.on(name, listener);
  }

  start(): void {
    this.#signaling.start();
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

  /** Leaves the session. */
  close(): void {
    this.#signaling.notify('leave', { client_reason: 'stream ended' });
    this.#signaling.close();
  }

  #handle(method: string, params: unknown): void {
    if (!isNotificationName(method)) return;
    const parsed = notifications[method].safeParse(params);
    if (!parsed.success) {
      this.#logger.warn({ method, issue: parsed.error.issues[0]?.message }, 'notification not understood');
      return;
    }
    // One schema per method: the cast restores what the lookup by name loses.
    type Of<Name extends keyof typeof notifications> = ReturnType<(typeof notifications)[Name]['parse']>;
    const data: unknown = parsed.data;
    switch (method) {
      case 'on-policy-change':
        this.stage.rolesChanged((data as Of<'on-policy-change'>).known_roles);
        // Comes unasked after the socket opened: only then may a peer join (client protocol, 4.1).
        if (!this.#joined) void this.#join();
        return;
      case 'peer-list':
        this.stage.replaceAll((data as Of<'peer-list'>).peers);
        break;
      case 'on-peer-join':
        this.stage.peerJoined(data as Of<'on-peer-join'>);
        break;
      case 'on-peer-update':
        this.stage.peerUpdated(data as Of<'on-peer-update'>);
        break;
      case 'on-peer-leave':
        this.stage.peerLeft((data as Of<'on-peer-leave'>).peer_id);
        break;
      case 'node-info':
        // Only sent when the media of the session moved to another router (client protocol, 5.8).
        this.#events.emit('mediaLost', {});
        return;
      case 'on-track-add':
      case 'on-track-update': {
        const { peer, tracks } = data as Of<'on-track-add'>;
        this.stage.tracksChanged(peer, tracks);
        break;
      }
      case 'on-track-remove': {
        const { peer, tracks } = data as Of<'on-track-remove'>;
        this.stage.tracksRemoved(peer.peer_id, Object.keys(tracks));
        break;
      }
      case 'plain-ended':
        this.#events.emit('subscriptionEnded', { subscriptionId: (data as Of<'plain-ended'>).subscription_id });
        return;
      case 'plain-report': {
        const { subscription_id: subscriptionId, ssrc, ntp, rtp_timestamp } = data as Of<'plain-report'>;
        this.#events.emit('captureReport', { subscriptionId, report: { ssrc, ntp, rtpTimestamp: rtp_timestamp } });
        return;
      }
      case 'plain-list':
        this.#events.emit('subscriptionsTold', { subscriptionIds: (data as Of<'plain-list'>).subscription_ids });
        return;
      case 'active-speakers':
        this.stage.speakersChanged((data as Of<'active-speakers'>)['speaker-list']);
        break;
      case 'on-peer-leave-request': {
        const { reason } = data as Of<'on-peer-leave-request'>;
        this.#events.emit('left', { ended: true, code: 'session_ended', message: reason || 'the session ended' });
        return;
      }
      default:
        return;
    }
    this.#events.emit('stageChanged', {});
  }

  async #join(): Promise<void> {
    try {
      await this.#signaling.request('join', { name: 'egress', data: '', disableVidAutoSub: true });
      this.#joined = true;
      this.#events.emit('joined', {});
    } catch (error) {
      // A lost socket comes back and is told the policy again.
      if (error instanceof Error && 'code' in error && error.code === 'signaling_lost') return;
      this.#events.emit('left', { ended: false, code: 'join_refused', message: messageOf(error) });
    }
  }
}
