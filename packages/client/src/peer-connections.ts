import { type Clock, type Closable, type CloseReason, Emitter, type Logger, millis, Rounds, Scope } from '@amphi/base';
import type { Role, TrackState } from '@amphi/protocol';
import * as z from 'zod/mini';
import type { Connection } from './connection.ts';
import type { CaptureDevice } from './devices/capture-device.ts';
import type { ScreenShares } from './devices/screen-shares.ts';
import type { Environment, StatsEntry } from './environment.ts';
import { ClientError, toClientError } from './errors.ts';
import { PublishConnection } from './publish-connection.ts';
import { type Reading, readingOf } from './quality-samples.ts';
import { type Received, SubscribeConnection } from './subscribe-connection.ts';
import { encodingsFor, slotsOf, soundOf, type TrackSlot } from './tracks/encodings.ts';

const answerSchema = z.object({ type: z.literal('answer'), sdp: z.string(), sfu_node_id: z.optional(z.string()) });

/** Pause before an offer is made again that the server had no room for, when it does not say for how long. */
const OFFER_AGAIN_MS = millis(2_000);

/** Error code of an offer that a newer one, or a move of media, has overtaken (client protocol, 5.3). */
const SUPERSEDED = 421;

export interface PeerConnectionsEvents {
  received: Received;
  /** The subscribe data channel is open: layers may be asked for. */
  layersReady: Record<string, never>;
  notification: { readonly method: string; readonly params: unknown };
  /** One track could not be published; the others go on. */
  publishFailed: { readonly slot: TrackSlot; readonly error: ClientError };
  /** Media are lost for good. */
  failed: { readonly error: ClientError };
}

interface Wish {
  readonly slot: TrackSlot;
  readonly track: MediaStreamTrack | undefined;
  readonly isMuted: boolean;
  readonly encodings: readonly RTCRtpEncodingParameters[];
  /** Changes when the track has to be published anew. */
  readonly key: string;
}

interface Published {
  readonly key: string;
  track: MediaStreamTrack | undefined;
}

export interface PeerConnectionsOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly connection: Connection;
  readonly microphone: CaptureDevice;
  readonly camera: CaptureDevice;
  readonly screens: ScreenShares;
  /** Our role now. */
  readonly role: () => Role | undefined;
  readonly simulcast: boolean;
}

/**
 * The two peer connections of a session and what is published on them. What should be published follows from the role
 * and the devices; `reconcile` brings it about, one exchange after the other (client protocol, sections 5, 6 and 9.4).
 * Once made, the connections stay until the session is left, also while the role needs none of them.
 */
export class PeerConnections implements Closable {
  readonly events = new Emitter<PeerConnectionsEvents>();
  readonly #options: PeerConnectionsOptions;
  readonly #scope: Scope;
  readonly #actual = new Map<TrackSlot, Published>();
  /** Keys the server has refused: not tried again before the role or the encodings change. */
  readonly #refused = new Set<string>();
  #publish: PublishConnection | undefined;
  #subscribe: SubscribeConnection | undefined;
  #nodeId: string | undefined;
  #isReady = false;
  /** The connections are being made anew; one after the other, as each may be for another node. */
  #rebuilding: Promise<void> | undefined;
  #cancelOfferAgain: (() => void) | undefined;
  readonly #reconciling = new Rounds(() => this.#reconcileOnce());

  constructor(options: PeerConnectionsOptions) {
    this.#options = options;
    this.#scope = new Scope({ clock: options.clock });
    for (const device of [options.microphone, options.camera]) {
      this.#scope.defer(device.events.on('changed', () => void this.reconcile()));
    }
    this.#scope.defer(options.screens.events.on('changed', () => void this.reconcile()));
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /** The connections are made and the server knows them. */
  get isStarted(): boolean {
    return this.#isReady;
  }

  /** States of everything published, for `offer` and `track-update`. */
  get published(): Readonly<Record<string, TrackState>> {
    return this.#publish?.tracks ?? {};
  }

  /** Wire id of a published track. */
  trackIdOf(slot: TrackSlot): string | undefined {
    return this.#publish?.trackOf(slot)?.track_id;
  }

  get subscription(): SubscribeConnection | undefined {
    return this.#subscribe;
  }

  /**
   * Makes the connections and has the first offer sent.
   * @param send carries the offer and gives the raw result: `join` when joining, else an `offer` request
   */
  async start(send?: (sdp: string) => Promise<unknown>): Promise<void> {
    if (this.#rebuilding) await this.#rebuilding;
    else await this.#startOnce(send);
  }

  /** Brings what is published in line with role and devices. Failures are told by `publishFailed`. */
  reconcile(): Promise<void> {
    if (!this.#isReady || this.#scope.isClosed) return Promise.resolve();
    return this.#reconciling.ask();
  }

  /** A new role: what was refused before may be allowed now. */
  async applyRole(): Promise<void> {
    this.#refused.clear();
    await this.reconcile();
  }

  /** After the socket came back (client protocol, 3.6, steps 5 and 6). */
  async recover(): Promise<void> {
    this.#subscribe?.configure(this.#options.connection.rtcConfiguration);
    try {
      if (this.#isReady) await this.#restart();
      await this.#rebuilding;
    } catch (error) {
      // Signaling is back; media follow when there is room for them.
      if (!(error instanceof ClientError && error.code === 'refused' && error.isTransient)) throw error;
    }
    this.#options.connection.notify('track-update', { tracks: { ...this.published } });
    await this.reconcile();
  }

  handleOffer(sdp: string, nodeId: string | undefined): void {
    this.#nodeId ??= nodeId;
    this.#subscribe?.handleOffer(sdp);
  }

  handleCandidate(target: 0 | 1, candidate: RTCIceCandidateInit): void {
    (target === 0 ? this.#publish : this.#subscribe)?.addCandidate(candidate);
  }

  /** Another media node: both connections are made anew and everything is published again (client protocol, 5.8). */
  async handleNodeInfo(nodeId: string): Promise<void> {
    if (this.#nodeId === nodeId) return;
    const isMove = this.#nodeId !== undefined && this.#publish !== undefined;
    this.#nodeId = nodeId;
    if (isMove) await this.#rebuild();
  }

  /** The report of each connection: what stands in one refers to nothing of the other. */
  async stats(): Promise<readonly (readonly StatsEntry[])[]> {
    const [publish = [], subscribe = []] = await Promise.all([this.#publish?.stats(), this.#subscribe?.stats()]);
    return [publish, subscribe];
  }

  /** Figures of what is published and of what is received, by track. @param sourceOf what others' tracks are */
  async readQuality(sourceOf: (trackId: string) => string | undefined): Promise<readonly Reading[]> {
    const [publish, subscribe] = [this.#publish, this.#subscribe];
    const [sent = [], received = []] = await Promise.all([publish?.stats(), subscribe?.stats()]);
    return [
      readingOf(sent, true, (mid) => {
        const track = publish?.trackAt(mid);
        return track && { trackId: track.track_id, source: track.source };
      }),
      readingOf(received, false, (mid) => {
        const trackId = subscribe?.trackIdAt(mid);
        return trackId === undefined ? undefined : { trackId, source: sourceOf(trackId) ?? 'regular' };
      }),
    ];
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#scope.close(reason);
    this.#publish?.close({ by: 'parent' });
    this.#subscribe?.close({ by: 'parent' });
  }

  #createConnections(): void {
    const { environment, clock, logger, connection } = this.#options;
    const configuration = connection.rtcConfiguration;
    const sendCandidate = (target: 0 | 1) => (candidate: RTCIceCandidateInit) =>
      connection.notify('trickle', {
        target,
        candidate: { ...candidate, candidate: candidate.candidate ?? '' },
        ...this.#node(),
      });

    const publish = new PublishConnection({
      peerConnection: environment.createPeerConnection(configuration),
      configuration: () => connection.rtcConfiguration,
      clock,
      logger,
      signaling: {
        sendCandidate: sendCandidate(0),
        sendOffer: async (sdp, tracks) => this.#sendOffer(sdp, tracks),
      },
    });
    const subscribe = new SubscribeConnection({
      peerConnection: environment.createPeerConnection(configuration),
      clock,
      logger,
      randomId: environment.randomId,
      signaling: {
        sendCandidate: sendCandidate(1),
        sendAnswer: (sdp) => connection.notify('answer', { desc: { type: 'answer', sdp }, ...this.#node() }),
      },
    });
    publish.events.on('failed', ({ error }) => this.events.emit('failed', { error }));
    subscribe.events.on('failed', ({ error }) => this.events.emit('failed', { error }));
    subscribe.events.on('tracksChanged', (received) => this.events.emit('received', received));
    subscribe.events.on('channelOpened', () => this.events.emit('layersReady', {}));
    subscribe.events.on('notification', (notification) => this.events.emit('notification', notification));
    this.#publish = publish;
    this.#subscribe = subscribe;
  }

  async #startOnce(send?: (sdp: string) => Promise<unknown>): Promise<void> {
    if (!this.#publish) this.#createConnections();
    await this.#exchange(async (publish) => {
      await publish.start(send && (async (sdp) => this.#readAnswer(await send(sdp))));
      this.#isReady = true;
    });
  }

  /** A connection that is replaced meanwhile fails what runs on it; what its successor comes to counts then. */
  async #exchange(run: (publish: PublishConnection) => Promise<void>): Promise<void> {
    const publish = this.#publish;
    if (!publish) return;
    try {
      await run(publish);
    } catch (error) {
      if (publish === this.#publish || this.#scope.isClosed) throw error;
      await this.#rebuilding;
    }
  }

  async #restart(): Promise<void> {
    try {
      await this.#exchange((publish) => publish.restart());
    } catch (error) {
      if (error instanceof ClientError && error.isTransient) throw error;
      this.#options.logger.warn({ error: String(error) }, 'offer refused after reconnecting, media are made anew');
      await this.#rebuild();
    }
  }

  #rebuild(): Promise<void> {
    const rebuilding = (this.#rebuilding ?? Promise.resolve()).catch(() => {}).then(() => this.#makeAnew());
    this.#rebuilding = rebuilding;
    const forget = (): void => {
      if (this.#rebuilding === rebuilding) this.#rebuilding = undefined;
    };
    rebuilding.then(forget, forget);
    return rebuilding;
  }

  async #makeAnew(): Promise<void> {
    this.#isReady = false;
    const publish = this.#publish;
    this.#publish = undefined;
    publish?.close();
    this.#subscribe?.close();
    // It ends at once, as nothing waits for an answer any more.
    await this.#reconciling.idle();
    if (this.#scope.isClosed) return;
    this.#actual.clear();
    this.#refused.clear();
    this.events.emit('received', { tracks: new Map(), refused: new Set() });
    await this.#startOnce();
    await this.reconcile();
  }

  async #sendOffer(sdp: string, tracks: Readonly<Record<string, TrackState>>): Promise<string | 'superseded'> {
    try {
      const result = await this.#options.connection.request('offer', {
        desc: { type: 'offer', sdp },
        tracks: { ...tracks },
        ...this.#node(),
      });
      return this.#readAnswer(result);
    } catch (error) {
      if (error instanceof ClientError) {
        if (error.serverCode === SUPERSEDED) return 'superseded';
        if (error.isTransient) this.#offerLater(error);
      }
      throw error;
    }
  }

  /**
   * What was offered last is still to be told. On a lost socket `recover` follows; without an answer nobody knows what the
   * server has, so the socket is given up; who was refused for now offers everything again.
   */
  #offerLater(error: ClientError): void {
    const { connection, logger } = this.#options;
    if (error.code === 'connection_lost') return;
    if (error.code === 'request_timed_out') {
      connection.reconnect();
      return;
    }
    this.#cancelOfferAgain?.();
    this.#cancelOfferAgain = this.#scope.after(error.retryAfterMs ?? OFFER_AGAIN_MS, () => {
      const offered = this.#isReady ? this.#exchange((publish) => publish.restart()) : this.start();
      offered
        .then(() => this.reconcile())
        .catch((failure: unknown) => logger.warn({ error: String(failure) }, 'media could not be offered again'));
    });
  }

  #readAnswer(result: unknown): string {
    const answer = answerSchema.safeParse(result);
    if (!answer.success) throw new ClientError('malformed_answer', 'an offer was answered without an SDP answer');
    this.#nodeId ??= answer.data.sfu_node_id;
    return answer.data.sdp;
  }

  #node(): { sfu_node_id?: string } {
    return this.#nodeId === undefined ? {} : { sfu_node_id: this.#nodeId };
  }

  async #reconcileOnce(): Promise<void> {
    const publish = this.#publish;
    if (!publish || !this.#isReady || this.#scope.isClosed) return;
    try {
      await this.#bringInLine(publish, this.#wishes());
    } catch (error) {
      this.#options.logger.warn({ error: String(error) }, 'publishing could not be brought in line');
    }
  }

  async #bringInLine(publish: PublishConnection, wishes: ReadonlyMap<TrackSlot, Wish>): Promise<void> {
    const gone = [...this.#actual].filter(([slot, { key }]) => wishes.get(slot)?.key !== key).map(([slot]) => slot);
    for (const slot of gone) this.#actual.delete(slot);
    await publish.unpublish(gone);
    const updates: TrackState[] = [];
    for (const wish of wishes.values()) {
      const present = this.#actual.get(wish.slot);
      if (!present) {
        await this.#publishOne(publish, wish);
        continue;
      }
      if (present.track !== wish.track) {
        present.track = wish.track;
        await publish.replaceTrack(wish.slot, wish.track);
      }
      const update = publish.setMuted(wish.slot, wish.isMuted);
      if (update) updates.push(update);
    }
    if (updates.length === 0) return;
    const tracks = Object.fromEntries(updates.map((update) => [update.track_id, update]));
    this.#options.connection.notify('track-update', { tracks });
  }

  async #publishOne(publish: PublishConnection, wish: Wish): Promise<void> {
    if (this.#refused.has(wish.key)) return;
    try {
      this.#actual.set(wish.slot, { key: wish.key, track: wish.track });
      await publish.publish(wish);
    } catch (thrown) {
      // All is published anew elsewhere.
      if (this.#scope.isClosed || publish !== this.#publish) return;
      this.#actual.delete(wish.slot);
      this.#refused.add(wish.key);
      const error = toClientError(thrown, 'negotiation_failed', `publish ${wish.slot}`);
      this.events.emit('publishFailed', { slot: wish.slot, error });
    }
  }

  /** Microphone first: a voice matters before a picture. */
  #wishes(): ReadonlyMap<TrackSlot, Wish> {
    const { role: getRole, microphone, camera, screens, simulcast, environment } = this.#options;
    const sendsSpatialLayers = () => environment.sendsSpatialLayers?.() ?? false;
    const role = getRole();
    const wishes = new Map<TrackSlot, Wish>();
    if (!role) return wishes;
    const slots = slotsOf(role);
    const add = (slot: TrackSlot, track: MediaStreamTrack | undefined, isMuted: boolean): void => {
      if (!slots.has(slot)) return;
      const encodings = encodingsFor(slot, role.publishParams, { simulcast, sendsSpatialLayers });
      wishes.set(slot, { slot, track, isMuted, encodings, key: `${slot} ${JSON.stringify(encodings)}` });
    };
    const mic = microphone.state;
    const cam = camera.state;
    add('microphone', mic.track, mic.status !== 'on');
    add('camera', cam.status === 'on' ? cam.track : undefined, cam.status !== 'on');
    for (const { id, video, audio } of screens.shared) {
      if (video) add(id, video, false);
      if (audio) add(soundOf(id), audio, false);
    }
    return wishes;
  }
}
