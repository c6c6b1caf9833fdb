import { CodedError, type Millis, TokenBucket } from '@amphi/base';
import type { Notification, RequestId, TrackState } from '@amphi/protocol';
import type { PublishLimits, SubscribeLimits, VisibleTrack } from '@amphi/rooms';
import type {
  ConnectionState,
  DesiredTrack,
  PublishAnswer,
  PublishableTrack,
  Publishing,
  SessionRouter,
  Subscribing,
} from '@amphi/sfu';
import { peekId } from '../signaling/frames.ts';
import { readDataRequest } from './data-requests.ts';
import type { MediaPlane } from './media-plane.ts';

/** Requests on a peer's data channel that are worked on; beyond it they are answered 429, which clients repeat. */
const DATA_REQUESTS = { perSecond: 50, burst: 400 };

/** How a peer takes pictures, as its `join` says. */
export interface VideoWay {
  /** They are sent before they are asked for (`disableVidAutoSub: false`). */
  readonly unasked: boolean;
  /** There is no section for one that nobody has asked for (`onDemandTracks`; client protocol, 6.6). */
  readonly onDemand: boolean;
}

export interface OfferOutcome extends PublishAnswer {
  /** The media node (`sfu_node_id`) that the connection is on. */
  readonly nodeId: string;
  /** There is no subscribe connection that belongs to this publish connection yet: `subscribe` is due. */
  readonly isNewConnection: boolean;
  /** The client had connections before and has forgotten the tracks it knew (client protocol, 5.8). */
  readonly forgotTracks: boolean;
}

/**
 * Both peer connections of one peer, and what it wishes to be sent. Connections are kept until the peer leaves, also
 * while its role needs none: clients take a closed one for a failure (client protocol, 5.7 and 6.8).
 */
export class PeerMedia {
  readonly #peerId: string;
  readonly #plane: MediaPlane;
  readonly #notify: (notification: Notification) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #onPublishState: (state: ConnectionState) => void;
  readonly #now: () => Millis;
  readonly #dataRate: TokenBucket;
  readonly #wishes = new Map<string, DesiredTrack>();
  /** Video of which something was wanted at some time: its section stays, so that a picture that comes back needs no offer. */
  readonly #shown = new Set<string>();
  #visible: ReadonlyMap<string, VisibleTrack> = new Map();
  #limits: SubscribeLimits = {};
  #video: VideoWay;
  #publishing: Publishing | undefined;
  #subscribing: Subscribing | undefined;
  #hadConnection = false;
  #closed = false;

  constructor(options: {
    readonly peerId: string;
    readonly plane: MediaPlane;
    readonly notify: (notification: Notification) => void;
    readonly video: VideoWay;
    /** We failed at a message of the data channel. */
    readonly onFault: (error: unknown) => void;
    /** The publish connection is in another state. */
    readonly onPublishState: (state: ConnectionState) => void;
    readonly now: () => Millis;
  }) {
    this.#peerId = options.peerId;
    this.#plane = options.plane;
    this.#notify = options.notify;
    this.#video = options.video;
    this.#onFault = options.onFault;
    this.#onPublishState = options.onPublishState;
    this.#now = options.now;
    this.#dataRate = new TokenBucket(DATA_REQUESTS, options.now());
  }

  /** The client has connections, whatever became of our side of them. */
  get hasConnection(): boolean {
    return this.#hadConnection;
  }

  /** -1 while nothing is measured. */
  get downlinkScore(): number {
    return this.#subscribing?.downlinkScore ?? -1;
  }

  set video(way: VideoWay) {
    this.#video = way;
    this.#reconcile();
  }

  /** Answers a publish offer. @throws CodedError of the SFU; a connection that never worked is discarded then */
  async handleOffer(
    sdp: string,
    tracks: ReadonlyMap<string, TrackState>,
    limits: PublishLimits | undefined,
  ): Promise<OfferOutcome> {
    for (;;) {
      const router = await this.#plane.router();
      try {
        return await this.#answer(router, sdp, tracks, limits);
      } catch (error) {
        const isLost = error instanceof CodedError && error.code === 'closed';
        // Who has no connection yet was told of no node and would not offer anew: the next worker answers.
        if (!isLost || this.#hadConnection || this.#closed) throw error;
        await router.closed;
      }
    }
  }

  async #answer(
    router: SessionRouter,
    sdp: string,
    tracks: ReadonlyMap<string, TrackState>,
    limits: PublishLimits | undefined,
  ): Promise<OfferOutcome> {
    const existing = this.#publishing;
    const publishing = existing ?? (await this.#openPublishing(router));
    const { nodeId } = this.#plane;
    try {
      const answer = await publishing.handleOffer({
        sdp,
        tracks: publishable(tracks),
        ...(limits && { limits }),
      });
      const forgotTracks = this.#hadConnection && (!existing || answer.replaced);
      const isNewConnection = !existing || answer.replaced || !this.#subscribing;
      if (answer.replaced) this.#dropSubscribing();
      this.#hadConnection = true;
      return { ...answer, nodeId, isNewConnection, forgotTracks };
    } catch (error) {
      if (!existing) {
        publishing.close();
        if (this.#publishing === publishing) this.#publishing = undefined;
      }
      throw error;
    }
  }

  /** Makes the subscribe connection and sends its first offer. The client must have one waiting. */
  async subscribe(): Promise<void> {
    if (this.#subscribing || this.#closed) return;
    const router = await this.#plane.router();
    const subscribing = await router.createSubscribing({ peerId: this.#peerId });
    if (this.#closed || this.#subscribing) {
      subscribing.close();
      return;
    }
    this.#subscribing = subscribing;
    void subscribing.closed.then(() => {
      if (this.#subscribing === subscribing) this.#subscribing = undefined;
    });
    subscribing.events.on('offer', ({ sdp }) => {
      this.#notify({ method: 'offer', params: { type: 'offer', sdp, sfu_node_id: this.#plane.nodeId } });
    });
    subscribing.events.on('dataMessage', ({ text }) => {
      try {
        const reply = this.#replyTo(text);
        if (reply) subscribing.sendData(JSON.stringify(reply));
      } catch (error) {
        this.#onFault(error);
      }
    });
    subscribing.events.on('layersChanged', ({ trackId, current, expected, degraded }) => {
      const track = {
        track_id: trackId,
        current_layer: current,
        expected_layer: expected,
        subscriber_degraded: degraded === 'subscriber',
        publisher_degraded: degraded === 'publisher',
      };
      this.#notify({ method: 'on-track-layer-update', params: { tracks: { [trackId]: track } } });
    });
    this.#reconcile();
    subscribing.start();
  }

  /** What the peer may be sent, and how much of it; its wishes for tracks that vanish are forgotten. */
  setVisible(visible: ReadonlyMap<string, VisibleTrack>, limits: SubscribeLimits): void {
    this.#visible = visible;
    this.#limits = limits;
    for (const trackId of this.#wishes.keys()) if (!visible.has(trackId)) this.#wishes.delete(trackId);
    for (const trackId of this.#shown) if (!visible.has(trackId)) this.#shown.delete(trackId);
    this.#reconcile();
  }

  /** @throws CodedError `invalid_sdp`, `unexpected_answer` */
  async handleAnswer(sdp: string): Promise<void> {
    await this.#subscribing?.handleAnswer(sdp);
  }

  repeatOffer(): void {
    this.#subscribing?.repeatOffer();
  }

  restartSubscribeIce(): void {
    this.#subscribing?.restartIce();
  }

  setTrackMuted(trackId: string, muted: boolean): void {
    this.#publishing?.setTrackMuted(trackId, muted);
  }

  closeTrack(trackId: string): void {
    this.#publishing?.closeTrack(trackId);
  }

  /** The worker died: what hung on it is closed already, and the client will offer anew. */
  reset(): void {
    this.#dropSubscribing();
    this.#publishing?.close();
    this.#publishing = undefined;
  }

  close(): void {
    this.#closed = true;
    this.reset();
  }

  async #openPublishing(router: SessionRouter): Promise<Publishing> {
    const publishing = await router.createPublishing({ peerId: this.#peerId });
    publishing.events.on('connectionState', ({ state }) => this.#onPublishState(state));
    if (this.#closed) publishing.close();
    else this.#publishing = publishing;
    void publishing.closed.then(() => {
      if (this.#publishing === publishing) this.#publishing = undefined;
    });
    return publishing;
  }

  /** With the connection its client forgets what it had asked for (client protocol, 5.8). */
  #dropSubscribing(): void {
    this.#wishes.clear();
    this.#shown.clear();
    const subscribing = this.#subscribing;
    this.#subscribing = undefined;
    subscribing?.close();
  }

  #reconcile(): void {
    const desired = new Map<string, DesiredTrack>();
    for (const [trackId, { track, weight }] of this.#visible) {
      const wish = this.#wishFor(trackId, track);
      if (track.type === 'video') {
        if (wish.maxLayer !== 'none') this.#shown.add(trackId);
        if (this.#video.onDemand && !this.#shown.has(trackId)) continue;
      }
      desired.set(trackId, { ...wish, priority: weight });
    }
    this.#subscribing?.setLimits(this.#limits);
    this.#subscribing?.setTracks(desired);
  }

  #wishFor(trackId: string, track: TrackState): DesiredTrack {
    // Audio goes out unasked, video only when asked for, unless the peer joined otherwise (client protocol, 6.5).
    const unasked = track.type === 'audio' || this.#video.unasked ? 'high' : 'none';
    return this.#wishes.get(trackId) ?? { subscribed: true, maxLayer: unasked };
  }

  /** Every request is answered: the public client 0.14.7 waits for ever otherwise. */
  #replyTo(text: string): object | undefined {
    const refuse = (id: RequestId, code: number, message: string): object => ({ id, error: { code, message } });
    if (!this.#dataRate.take(this.#now())) {
      const unread = peekId(text);
      return unread === undefined ? undefined : refuse(unread, 429, 'too many requests');
    }
    const reading = readDataRequest(text);
    if (reading.kind === 'ignored') return undefined;
    const { id } = reading;
    if (reading.kind === 'refused') return refuse(id, reading.error.code, reading.error.message);
    const { method, params } = reading.request;
    const visible = this.#visible.get(params.track_id);
    if (!visible) return refuse(id, 404, `track not found: ${params.track_id}`);
    const before = this.#wishFor(params.track_id, visible.track);
    const wish: DesiredTrack =
      method === 'prefer-audio-track-state'
        ? { ...before, subscribed: params.subscribed }
        : { subscribed: true, maxLayer: params.max_spatial_layer };
    this.#wishes.set(params.track_id, wish);
    this.#reconcile();
    return { id, result: {} };
  }
}

function publishable(tracks: ReadonlyMap<string, TrackState>): ReadonlyMap<string, PublishableTrack> {
  const entries = [...tracks.values()].map((track): [string, PublishableTrack] => [
    track.track_id,
    {
      trackId: track.track_id,
      streamId: track.stream_id,
      kind: track.type,
      source: track.source,
      muted: track.mute,
    },
  ]);
  return new Map(entries);
}
