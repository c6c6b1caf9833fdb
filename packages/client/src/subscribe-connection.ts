import {
  type Clock,
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  millis,
  Scope,
  TaskQueue,
} from '@amphi/base';
import type { SpatialLayerName } from '@amphi/protocol';
import * as z from 'zod/mini';
import type { DataChannelPort, PeerConnectionPort, StatsEntry } from './environment.ts';
import { ClientError, toClientError } from './errors.ts';
import { HeldCandidates } from './held-candidates.ts';
import { refusedSections, tracksOfSdp } from './msid.ts';

/** Label of the channel that the server opens for subscription requests (client protocol, 6.2). */
const CHANNEL_LABEL = 'ion-sfu';
const REQUEST_TIMEOUT_MS = millis(2_000);
const REQUEST_ATTEMPTS = 4;
/** A connection that stays broken for so long is given up (client protocol, 6.8). */
const MEDIA_BUDGET_MS = millis(60_000);

/** The text of an answer to one of our requests, or a notification. */
const channelMessage = z.object({
  id: z.optional(z.string()),
  method: z.optional(z.string()),
  params: z.optional(z.unknown()),
  error: z.nullish(z.object({ code: z.number(), message: z.string() })),
});

export interface SubscribeSignaling {
  sendAnswer(sdp: string): void;
  sendCandidate(candidate: RTCIceCandidateInit): void;
}

/** What is received at present, by the track ids of the publishers. */
export type ReceivedTracks = ReadonlyMap<string, MediaStreamTrack>;

/** What the server offers at present, as far as this browser takes it. */
export interface Received {
  readonly tracks: ReceivedTracks;
  /** Ids of tracks for whose codec this browser has no decoder: it refused their sections (RFC 8829, 5.3.1). */
  readonly refused: ReadonlySet<string>;
}

export interface SubscribeConnectionEvents {
  tracksChanged: Received;
  /** The data channel can carry requests from now on; earlier wishes have to be told again. */
  channelOpened: Record<string, never>;
  /** A notification that came by the data channel instead of the socket. */
  notification: { readonly method: string; readonly params: unknown };
  /** An offer could not be applied, or the connection stayed broken. */
  failed: { readonly error: ClientError };
}

type ChannelRequest =
  | {
      readonly method: 'prefer-video-track-state';
      readonly params: { track_id: string; max_spatial_layer: SpatialLayerName };
    }
  | { readonly method: 'prefer-audio-track-state'; readonly params: { track_id: string; subscribed: boolean } };

/** The subscribe peer connection: the server offers, we answer, one offer after the other (client protocol, section 6). */
export class SubscribeConnection implements Closable {
  readonly events = new Emitter<SubscribeConnectionEvents>();
  readonly #peerConnection: PeerConnectionPort;
  readonly #signaling: SubscribeSignaling;
  readonly #logger: Logger;
  readonly #randomId: () => string;
  readonly #scope: Scope;
  readonly #offers = new TaskQueue({ maxWaiting: 64 });
  readonly #waiting = new Map<string, (error: { code: number; message: string } | undefined) => void>();
  #channel: DataChannelPort | undefined;
  readonly #remoteCandidates = new HeldCandidates((candidate) => void this.#applyCandidate(candidate));
  #tracks: ReceivedTracks = new Map();
  /** By mid. */
  readonly #trackIds = new Map<string, string>();
  /** Kept: the server does not offer again what was refused. */
  readonly #refused = new Set<string>();
  #cancelGiveUp: (() => void) | undefined;

  constructor(options: {
    readonly peerConnection: PeerConnectionPort;
    readonly signaling: SubscribeSignaling;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly randomId: () => string;
  }) {
    this.#peerConnection = options.peerConnection;
    this.#signaling = options.signaling;
    this.#logger = options.logger;
    this.#randomId = options.randomId;
    this.#scope = new Scope({ clock: options.clock });
    this.#scope.defer(() => this.#peerConnection.close());
    this.#scope.defer(() => this.#offers.close());
    this.#peerConnection.onCandidate((candidate) => this.#signaling.sendCandidate(candidate));
    this.#peerConnection.onDataChannel((channel) => this.#handleChannel(channel));
    this.#peerConnection.onState((state) => this.#handleState(state));
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get tracks(): ReceivedTracks {
    return this.#tracks;
  }

  /** Answers an offer of the server; offers wait for each other. */
  handleOffer(sdp: string): void {
    this.#offers
      .push('answer', async () => {
        const answer = await this.#scope.whileOpen(this.#peerConnection.answer(sdp));
        if (this.#scope.isClosed) return;
        this.#signaling.sendAnswer(answer);
        this.#remoteCandidates.release();
        this.#readTracks(sdp, answer);
      })
      .catch((error: unknown) => {
        if (this.#scope.isClosed) return;
        this.events.emit('failed', { error: toClientError(error, 'negotiation_failed', 'subscribe offer') });
      });
  }

  addCandidate(candidate: RTCIceCandidateInit): void {
    this.#remoteCandidates.push(candidate);
  }

  /**
   * Asks for at most this layer of a video; `none` stops it.
   * @throws ClientError `request_timed_out`, `refused`, `connection_lost` while the channel is not open
   */
  preferLayer(trackId: string, layer: SpatialLayerName): Promise<void> {
    return this.#request({
      method: 'prefer-video-track-state',
      params: { track_id: trackId, max_spatial_layer: layer },
    });
  }

  stats(): Promise<readonly StatsEntry[]> {
    return this.#peerConnection.stats();
  }

  /** What is received in a section, by its mid. */
  trackIdAt(mid: string): string | undefined {
    return this.#trackIds.get(mid);
  }

  /** ICE servers for when the server restarts ICE: credentials of TURN servers are valid for a time. */
  configure(configuration: RTCConfiguration): void {
    this.#peerConnection.configure(configuration);
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#scope.close(reason);
    for (const [, settle] of [...this.#waiting]) settle({ code: 0, message: 'closed' });
  }

  async #request(request: ChannelRequest): Promise<void> {
    const id = this.#randomId();
    const text = JSON.stringify({ id, jsonrpc: '2.0', ...request });
    for (let attempt = 0; attempt < REQUEST_ATTEMPTS; attempt++) {
      const outcome = await this.#sendOnce(id, text);
      if (outcome === 'answered') return;
      // An unknown track is gone already: nothing is left to wish for.
      if (outcome !== 'timed out') {
        if (outcome.code === 404) return;
        throw new ClientError('refused', `${request.method}: ${outcome.message}`, { serverCode: outcome.code });
      }
    }
    throw new ClientError('request_timed_out', `${request.method}: no answer on the data channel`);
  }

  /** The same bytes again after a time-out: the server takes repeats as one (client protocol, 6.5). */
  #sendOnce(id: string, text: string): Promise<'answered' | 'timed out' | { code: number; message: string }> {
    const channel = this.#channel;
    if (!channel?.isOpen || this.#scope.isClosed) {
      throw new ClientError('connection_lost', 'the data channel is not open');
    }
    return new Promise((resolve) => {
      const done = (outcome: 'answered' | 'timed out' | { code: number; message: string }): void => {
        cancel();
        this.#waiting.delete(id);
        resolve(outcome);
      };
      const cancel = this.#scope.after(REQUEST_TIMEOUT_MS, () => done('timed out'));
      this.#waiting.set(id, (error) => done(error ?? 'answered'));
      channel.send(text);
    });
  }

  #handleChannel(channel: DataChannelPort): void {
    if (channel.label !== CHANNEL_LABEL) return;
    this.#channel = channel;
    channel.onText((text) => this.#handleText(text));
    channel.onClose(() => {
      if (this.#channel === channel) this.#channel = undefined;
    });
    if (channel.isOpen) this.events.emit('channelOpened', {});
    else channel.onOpen(() => this.events.emit('channelOpened', {}));
  }

  #handleText(text: string): void {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    const message = channelMessage.safeParse(json);
    if (!message.success) {
      this.#logger.warn({ sizeChars: text.length }, 'data channel: message not understood, ignored');
      return;
    }
    const waiting = message.data.id === undefined ? undefined : this.#waiting.get(message.data.id);
    if (waiting) waiting(message.data.error ?? undefined);
    else if (message.data.method !== undefined) {
      this.events.emit('notification', { method: message.data.method, params: message.data.params });
    }
  }

  #readTracks(offer: string, answer: string): void {
    const received = new Map(this.#peerConnection.receivers().map(({ mid, track }) => [mid, track]));
    const refusedMids = refusedSections(answer);
    const tracks = new Map<string, MediaStreamTrack>();
    this.#trackIds.clear();
    for (const { mid, trackId, isSending } of tracksOfSdp(offer)) {
      if (!isSending) continue;
      const track = received.get(mid);
      if (refusedMids.has(mid)) this.#refused.add(trackId);
      else this.#refused.delete(trackId);
      if (track && !refusedMids.has(mid)) {
        tracks.set(trackId, track);
        this.#trackIds.set(mid, trackId);
      }
    }
    this.#tracks = tracks;
    this.events.emit('tracksChanged', { tracks, refused: new Set(this.#refused) });
  }

  async #applyCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.#peerConnection.addCandidate(candidate);
    } catch (error) {
      this.#logger.debug({ error: String(error) }, 'subscribe: candidate not taken');
    }
  }

  /** ICE restarts are the server's here (client protocol, 6.8): all that is left is to wait. */
  #handleState(state: RTCPeerConnectionState): void {
    if (this.#scope.isClosed) return;
    if (state === 'connected') {
      this.#cancelGiveUp?.();
      this.#cancelGiveUp = undefined;
    } else if (state === 'disconnected' || state === 'failed') {
      this.#cancelGiveUp ??= this.#scope.after(MEDIA_BUDGET_MS, () =>
        this.events.emit('failed', {
          error: new ClientError('media_lost', 'the subscribe connection did not come back in time'),
        }),
      );
    }
  }
}
