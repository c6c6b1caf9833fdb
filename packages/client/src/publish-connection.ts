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
import type { TrackState } from '@amphi/protocol';
import type { PeerConnectionPort, SenderPort, StatsEntry } from './environment.ts';
import { ClientError, toClientError } from './errors.ts';
import { HeldCandidates } from './held-candidates.ts';
import { tracksOfSdp } from './msid.ts';
import { type TrackSlot, wireOf } from './tracks/encodings.ts';

/** `disconnected` may heal by itself; after so long ICE is restarted. */
const DISCONNECTED_GRACE_MS = millis(5_000);
/** An ICE restart that has not connected by then is repeated. */
const RESTART_INTERVAL_MS = millis(6_000);
/** Media that stay away for so long are given up (client protocol, 5.7). */
const MEDIA_BUDGET_MS = millis(60_000);

/** How offers and candidates reach the server. */
export interface PublishSignaling {
  /**
   * @returns the answer's SDP, or `superseded` (error 421): taken as success, nothing is to be applied
   * @throws ClientError
   */
  sendOffer(sdp: string, tracks: Readonly<Record<string, TrackState>>): Promise<string | 'superseded'>;
  sendCandidate(candidate: RTCIceCandidateInit): void;
}

export interface PublishRequest {
  readonly slot: TrackSlot;
  readonly track: MediaStreamTrack | undefined;
  readonly isMuted: boolean;
  readonly encodings: readonly RTCRtpEncodingParameters[];
}

interface Exchange {
  readonly iceRestart: boolean;
  /** What carries the offer. Default: an `offer` request. */
  readonly send?: (sdp: string) => Promise<string | 'superseded'>;
}

interface Published {
  readonly slot: TrackSlot;
  readonly sender: SenderPort;
  isMuted: boolean;
  /** From the local SDP; undefined before the first offer that carries it. */
  ids: { readonly trackId: string; readonly streamId: string } | undefined;
}

export interface PublishConnectionEvents {
  /** ICE could not be brought back within the budget. */
  failed: { readonly error: ClientError };
}

/**
 * The publish peer connection: we offer, the server answers (client protocol, section 5). Every exchange runs alone
 * in a queue. What is published is kept as a wish: an exchange cut off by a lost socket is made good by `restart`.
 */
export class PublishConnection implements Closable {
  readonly events = new Emitter<PublishConnectionEvents>();
  readonly #peerConnection: PeerConnectionPort;
  readonly #configuration: () => RTCConfiguration;
  readonly #signaling: PublishSignaling;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scope: Scope;
  readonly #exchanges = new TaskQueue({ maxWaiting: 64 });
  readonly #published = new Map<TrackSlot, Published>();
  /** Held back until the server knows the connection. */
  readonly #candidates: HeldCandidates;
  readonly #remoteCandidates = new HeldCandidates((candidate) => void this.#applyCandidate(candidate));
  #troubleSince: number | undefined;
  #cancelRestart: (() => void) | undefined;

  constructor(options: {
    readonly peerConnection: PeerConnectionPort;
    /** As of now: credentials of TURN servers are valid for a time, and each ICE restart asks for a relay anew. */
    readonly configuration: () => RTCConfiguration;
    readonly signaling: PublishSignaling;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#peerConnection = options.peerConnection;
    this.#configuration = options.configuration;
    this.#signaling = options.signaling;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#scope = new Scope({ clock: options.clock });
    this.#scope.defer(() => this.#peerConnection.close());
    this.#scope.defer(() => this.#exchanges.close());
    this.#candidates = new HeldCandidates((candidate) => options.signaling.sendCandidate(candidate));
    this.#peerConnection.onCandidate((candidate) => this.#candidates.push(candidate));
    this.#peerConnection.onState((state) => this.#handleState(state));
    // Never used: it lets the connection be made before there is anything to send (client protocol, 5.2).
    this.#peerConnection.createDataChannel('ion-sfu');
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get isConnected(): boolean {
    return this.#peerConnection.state === 'connected';
  }

  /** Complete map of what is published, as the protocol wants it with each offer. */
  get tracks(): Readonly<Record<string, TrackState>> {
    const entries = [...this.#published.values()].flatMap((published) => {
      const state = stateOf(published);
      return state ? [[state.track_id, state] as const] : [];
    });
    return Object.fromEntries(entries);
  }

  trackOf(slot: TrackSlot): TrackState | undefined {
    const published = this.#published.get(slot);
    return published && stateOf(published);
  }

  /**
   * The first exchange, by whatever request carries it.
   * @param send sends the offer and gives the answer's SDP
   */
  start(send?: (sdp: string) => Promise<string | 'superseded'>): Promise<void> {
    return this.#exchange('first offer', { iceRestart: false, ...(send && { send }) });
  }

  /**
   * Adds a track with one exchange. When the socket is lost meanwhile the track stays wished for.
   * @throws ClientError `refused` and others; the track is not published then
   */
  publish(request: PublishRequest): Promise<void> {
    const wire = wireOf(request.slot);
    const sender = this.#peerConnection.addSender({
      kind: wire.type,
      group: wire.group,
      track: request.track,
      encodings: request.encodings,
    });
    const published: Published = { slot: request.slot, sender, isMuted: request.isMuted, ids: undefined };
    this.#published.set(request.slot, published);
    return this.#exchange(`publish ${request.slot}`, { iceRestart: false }).catch((error: unknown) => {
      if (error instanceof ClientError && error.isTransient) return;
      if (this.#published.get(request.slot) === published) this.#published.delete(request.slot);
      sender.deactivate();
      throw error;
    });
  }

  /** Takes tracks away with one exchange; slots that are not published are ignored. */
  async unpublish(slots: readonly TrackSlot[]): Promise<void> {
    const gone = slots.flatMap((slot) => this.#published.get(slot) ?? []);
    if (gone.length === 0) return;
    for (const { slot, sender } of gone) {
      this.#published.delete(slot);
      sender.deactivate();
      void sender.replaceTrack(undefined);
    }
    await this.#exchange(`unpublish ${slots.join(', ')}`, { iceRestart: false }).catch((error: unknown) => {
      if (!(error instanceof ClientError && error.isTransient)) throw error;
    });
  }

  /** Sends another track in the place of the present one, without an exchange. */
  async replaceTrack(slot: TrackSlot, track: MediaStreamTrack | undefined): Promise<void> {
    const sender = this.#published.get(slot)?.sender;
    if (sender) await this.#scope.whileOpen(sender.replaceTrack(track));
  }

  /** @returns the track's state when it changed and others should know */
  setMuted(slot: TrackSlot, isMuted: boolean): TrackState | undefined {
    const published = this.#published.get(slot);
    if (!published || published.isMuted === isMuted) return undefined;
    published.isMuted = isMuted;
    return stateOf(published);
  }

  /** After the socket came back: offers everything again, with new ICE credentials unless connected. */
  restart(): Promise<void> {
    return this.#exchange('restart', { iceRestart: !this.isConnected });
  }

  addCandidate(candidate: RTCIceCandidateInit): void {
    this.#remoteCandidates.push(candidate);
  }

  stats(): Promise<readonly StatsEntry[]> {
    return this.#peerConnection.stats();
  }

  /** What is sent in a section, by its mid. */
  trackAt(mid: string): TrackState | undefined {
    const published = [...this.#published.values()].find(({ sender }) => sender.mid === mid);
    return published && stateOf(published);
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#scope.close(reason);
  }

  #exchange(name: string, options: Exchange): Promise<void> {
    return this.#exchanges
      .push(name, () => this.#scope.whileOpen(this.#exchangeOnce(options)))
      .catch((error: unknown) => {
        throw toClientError(error, this.#scope.isClosed ? 'closed' : 'negotiation_failed', name);
      });
  }

  async #exchangeOnce({ iceRestart, send }: Exchange): Promise<void> {
    if (iceRestart) this.#peerConnection.configure(this.#configuration());
    const sdp = await this.#peerConnection.offer({ iceRestart });
    this.#readIds(sdp);
    const answer = await (send ? send(sdp) : this.#signaling.sendOffer(sdp, this.tracks));
    if (this.#scope.isClosed) return;
    if (answer !== 'superseded') await this.#peerConnection.acceptAnswer(answer);
    this.#candidates.release();
    this.#remoteCandidates.release();
  }

  #readIds(sdp: string): void {
    const sections = new Map(tracksOfSdp(sdp).map((section) => [section.mid, section]));
    for (const published of this.#published.values()) {
      const section = published.sender.mid === undefined ? undefined : sections.get(published.sender.mid);
      if (section) published.ids = { trackId: section.trackId, streamId: section.streamId };
    }
  }

  async #applyCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.#peerConnection.addCandidate(candidate);
    } catch (error) {
      // One unusable candidate does not make the others unusable.
      this.#logger.debug({ error: String(error) }, 'publish: candidate not taken');
    }
  }

  #handleState(state: RTCPeerConnectionState): void {
    if (this.#scope.isClosed) return;
    if (state === 'connected') {
      this.#cancelRestart?.();
      this.#cancelRestart = undefined;
      this.#troubleSince = undefined;
    } else if (state === 'disconnected' || state === 'failed') {
      if (this.#troubleSince !== undefined) return;
      this.#troubleSince = this.#clock.now();
      this.#scheduleIceRestart(state === 'failed' ? 0 : DISCONNECTED_GRACE_MS);
    }
  }

  #scheduleIceRestart(delayMs: number): void {
    this.#cancelRestart = this.#scope.after(millis(delayMs), () => {
      if (this.isConnected || this.#troubleSince === undefined) return;
      if (this.#clock.now() - this.#troubleSince > MEDIA_BUDGET_MS) {
        this.events.emit('failed', {
          error: new ClientError('media_lost', 'the publish connection did not come back in time'),
        });
        return;
      }
      // While the socket is away the exchange fails at once; `restart` follows when it is back.
      this.#exchange('ICE restart', { iceRestart: true }).catch((error: unknown) => {
        this.#logger.info({ error: String(error) }, 'publish: ICE restart failed');
      });
      this.#scheduleIceRestart(RESTART_INTERVAL_MS);
    });
  }
}

function stateOf(published: Published): TrackState | undefined {
  if (!published.ids) return undefined;
  const wire = wireOf(published.slot);
  return {
    track_id: published.ids.trackId,
    stream_id: published.ids.streamId,
    type: wire.type,
    source: wire.source,
    description: '',
    mute: published.isMuted,
  };
}
