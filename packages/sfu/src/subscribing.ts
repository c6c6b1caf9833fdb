import {
  type CloseReason,
  CodedError,
  Emitter,
  type Logger,
  logFaults,
  logListenerErrors,
  type Millis,
  messageOf,
  Scope,
  systemClock,
  TaskQueue,
} from '@amphi/base';
import { buildSubscribeOffer, parseAnswer, type RemoteDescription } from '@amphi/sdp';
import type { types } from 'mediasoup';
import type {
  ConnectionState,
  DesiredTrack,
  SfuErrorCode,
  SubscribeLimits,
  Subscribing,
  SubscribingEvents,
} from './contract.ts';
import { DataChannel } from './data-channel.ts';
import { DownlinkProbe } from './downlink-probe.ts';
import { DownlinkRelief, lossOfScore } from './downlink-relief.ts';
import { type OfferedRevisions, OfferedSections } from './offered-sections.ts';
import type { Publication, PublishedTracks } from './published-tracks.ts';
import { SubscriptionLeg } from './subscription-leg.ts';
import { countIn, type Usage } from './usage.ts';
import { closedError, connectTransport, localTransport, WORKER_DEADLINE, watchConnection } from './webrtc-transport.ts';
import { WorkerDownlink } from './worker-downlink.ts';

/** While ICE stays disconnected, new credentials are offered this often … */
const ICE_RESTART_PERIOD_MS: Millis = 10_000;
/** … and this many times: the genuine client gives up after 60 s. */
const MAX_ICE_RESTARTS = 6;
const MAX_WAITING_TASKS = 32;

export interface SubscribingOptions {
  readonly peerId: string;
  readonly transport: types.WebRtcTransport;
  readonly direct: types.DirectTransport;
  readonly capabilities: types.RtpCapabilities;
  readonly tracks: PublishedTracks;
  readonly usage: Usage;
  readonly logger: Logger;
}

interface OutstandingOffer {
  readonly sdp: string;
  readonly revisions: OfferedRevisions;
}

/** Reconciles the tracks a peer should get with the sections it has been offered, one offer at a time. */
export class RouterSubscribing implements Subscribing {
  readonly peerId: string;
  readonly events: Emitter<SubscribingEvents>;
  readonly #options: SubscribingOptions;
  readonly #scope: Scope;
  readonly #tasks = new TaskQueue({ maxWaiting: MAX_WAITING_TASKS, deadline: WORKER_DEADLINE });
  readonly #sections = new OfferedSections();
  readonly #legs = new Map<string, SubscriptionLeg>();
  /** Publications that no consumer can be made of for this client. */
  readonly #undeliverable = new WeakSet<Publication>();
  /** Those whose section the client refused. It may be able to take them later, as a browser that has fetched its decoder. */
  #refused = new WeakSet<Publication>();
  #desired: ReadonlyMap<string, DesiredTrack> = new Map();
  #data: DataChannel | undefined;
  #outstanding: OutstandingOffer | undefined;
  #isStarted = false;
  #isScheduled = false;
  #isConnected = false;
  #wantsIceRestart = false;
  readonly #relief: DownlinkRelief;
  readonly #downlink: WorkerDownlink;
  readonly #probe: DownlinkProbe;
  #offers = 0;
  #state: ConnectionState = 'new';

  constructor(options: SubscribingOptions) {
    const { transport, tracks } = options;
    this.peerId = options.peerId;
    this.#options = options;
    this.#scope = new Scope({ onTimerError: logFaults(options.logger, 'a timer of a subscribe connection failed') });
    this.events = new Emitter(logListenerErrors(options.logger));
    this.#relief = new DownlinkRelief({
      timers: this.#scope,
      onChange: () => {
        for (const leg of this.#legs.values()) this.#apply(leg);
      },
    });
    this.#downlink = new WorkerDownlink({
      transport,
      wantedBps: () => this.#wantedBps(),
      logger: options.logger.child({ peerId: options.peerId }),
    });
    this.#probe = new DownlinkProbe({ clock: systemClock, timers: this.#scope, downlink: this.#downlink });
    this.#scope.defer(countIn(options.usage, 'subscribings'));
    this.#scope.defer(() => {
      this.#tasks.close();
      for (const leg of [...this.#legs.values()]) this.#drop(leg);
      this.#data?.close();
      transport.close();
      this.#setState('closed');
      this.events.clear();
    });
    this.#scope.defer(tracks.events.on('added', ({ publication }) => this.#onTrack(publication)));
    this.#scope.defer(tracks.events.on('removed', ({ publication }) => this.#onRemoved(publication)));
    watchConnection(transport, (state) => {
      this.#setState(state);
      if (state === 'disconnected') this.#restartWhileDisconnected(0);
    });
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get connectionState(): ConnectionState {
    return this.#state;
  }

  get trackIds(): readonly string[] {
    return [...this.#legs.keys()];
  }

  get downlinkScore(): number {
    const scores = [...this.#legs.values()].filter(({ isSending }) => isSending).map(({ score }) => score);
    if (scores.length === 0) return -1;
    return Math.round(scores.reduce((sum, score) => sum + score, 0) / scores.length / 2);
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#schedule();
  }

  setTracks(desired: ReadonlyMap<string, DesiredTrack>): void {
    for (const trackId of desired.keys()) {
      const publication = this.#options.tracks.get(trackId);
      if (publication && !this.#desired.has(trackId)) this.#refused.delete(publication);
    }
    this.#desired = new Map(desired);
    // Layers and pauses need no offer and must not wait for one.
    for (const leg of this.#legs.values()) this.#apply(leg);
    this.#endHold();
    this.#schedule();
  }

  setLimits({ maxBitrateBps = 0, degradation }: SubscribeLimits): void {
    this.#relief.setPolicy(degradation);
    if (!this.#scope.isClosed) this.#downlink.limit(maxBitrateBps);
  }

  async handleAnswer(sdp: string): Promise<void> {
    if (this.#scope.isClosed) throw closedError(`subscribing of peer ${this.peerId}`);
    try {
      await this.#tasks.push('answer', () => this.#takeAnswer(sdp));
    } catch (error) {
      if (this.#scope.isClosed) throw closedError(`subscribing of peer ${this.peerId}`);
      if (error instanceof CodedError && error.code === 'queue_full') {
        throw coded('too_many_requests', `peer ${this.peerId}: ${MAX_WAITING_TASKS} answers wait already`);
      }
      throw error;
    }
  }

  repeatOffer(): void {
    if (this.#outstanding) this.events.emit('offer', { sdp: this.#outstanding.sdp });
    this.#refused = new WeakSet();
    this.#schedule();
  }

  restartIce(): void {
    if (!this.#isConnected || this.#scope.isClosed) return;
    this.#wantsIceRestart = true;
    this.#schedule();
  }

  sendData(text: string): boolean {
    return this.#data?.send(text) ?? false;
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  #onTrack({ track }: Publication): void {
    if (this.#desired.has(track.trackId) || this.#sections.hasChanges) this.#schedule();
  }

  /** The leg goes at once, while its producer is still there (CL1); the offer that says so follows. */
  #onRemoved(publication: Publication): void {
    const leg = this.#legs.get(publication.track.trackId);
    if (leg?.publication === publication) this.#drop(leg);
    this.#onTrack(publication);
  }

  /** At the end of the tick, so that all changes made in it go into one offer. */
  #schedule(): void {
    if (this.#isScheduled || !this.#isStarted || this.#scope.isClosed) return;
    this.#isScheduled = true;
    this.#scope.after(0, () => {
      this.#isScheduled = false;
      this.#tasks
        .push('reconcile', () => this.#reconcile())
        .catch((error: unknown) => {
          if (this.#scope.isClosed) return;
          this.#options.logger.error({ peerId: this.peerId, reason: messageOf(error) }, 'subscribing failed');
          this.close({ by: 'failure', code: 'reconcile_failed' });
        });
    });
  }

  async #reconcile(): Promise<void> {
    this.#removeUnwanted();
    if (this.#outstanding) return;
    this.#data ??= await this.#openData();
    // The clean-up that would close it may have run already.
    if (this.#scope.isClosed) return this.#data.close();
    await this.#addWanted();
    // What went away during the calls into the worker shall not be offered.
    this.#removeUnwanted();
    if (this.#scope.isClosed) return;
    const isFirst = this.#offers === 0;
    if (!isFirst && !this.#sections.hasChanges && !this.#wantsIceRestart) return;
    if (this.#wantsIceRestart) {
      this.#wantsIceRestart = false;
      await this.#options.transport.restartIce();
    }
    this.#offer();
  }

  #removeUnwanted(): void {
    for (const leg of [...this.#legs.values()]) {
      const isPublished = this.#options.tracks.get(leg.trackId) === leg.publication;
      if (!isPublished || !this.#desired.has(leg.trackId)) this.#drop(leg);
    }
  }

  async #addWanted(): Promise<void> {
    for (const [trackId, wish] of this.#desired) {
      const publication = this.#options.tracks.get(trackId);
      if (!publication || this.#legs.has(trackId)) continue;
      if (this.#undeliverable.has(publication) || this.#refused.has(publication)) continue;
      const leg = await this.#consume(publication);
      if (this.#scope.isClosed) return;
      if (leg) leg.apply(wish, false, this.#relief.sparedLayers);
    }
  }

  async #consume(publication: Publication): Promise<SubscriptionLeg | undefined> {
    const { transport, capabilities, tracks, usage, logger } = this.#options;
    const { kind, trackId, streamId } = publication.track;
    const mid = this.#sections.nextMid(kind);
    let consumer: types.Consumer;
    try {
      consumer = await transport.consume({
        producerId: publication.producer.id,
        rtpCapabilities: capabilities,
        paused: true,
        mid,
      });
    } catch (error) {
      if (this.#scope.isClosed || tracks.get(trackId) !== publication) return undefined;
      this.#undeliverable.add(publication);
      logger.warn({ peerId: this.peerId, trackId, reason: messageOf(error) }, 'track cannot be consumed');
      return undefined;
    }
    if (consumer.closed || this.#scope.isClosed || tracks.get(trackId) !== publication) {
      // With its producer the worker has closed it, too (CL3).
      if (!publication.producer.closed) consumer.close();
      return undefined;
    }
    const onLayers = (report: SubscribingEvents['layersChanged']): void => this.events.emit('layersChanged', report);
    const onDelivery = (): void => this.#noteDelivery();
    const leg = new SubscriptionLeg({ publication, consumer, mid, onLayers, onDelivery, logger });
    this.#legs.set(trackId, leg);
    consumer.observer.once('close', countIn(usage, 'consumers'));
    this.#sections.occupy(kind, mid, { streamId, trackId, parameters: leg.parameters });
    return leg;
  }

  #drop(leg: SubscriptionLeg): void {
    this.#legs.delete(leg.trackId);
    leg.close();
    this.#sections.vacate(leg.mid);
    this.#endHold();
  }

  #apply(leg: SubscriptionLeg): void {
    const wish = this.#desired.get(leg.trackId) ?? { subscribed: false, maxLayer: 'none' };
    leg.apply(wish, this.#sections.isAnswered(leg.mid), this.#relief.sparedLayers);
  }

  #noteDelivery(): void {
    this.#relief.note(this.#loss());
    this.#probe.note(this.#isHeldBack());
  }

  #isHeldBack(): boolean {
    return [...this.#legs.values()].some(({ isHeldBack }) => isHeldBack);
  }

  /** Nothing more is told of a leg that went or is not wanted. */
  #endHold(): void {
    if (!this.#isHeldBack()) this.#probe.endHold();
  }

  async #wantedBps(): Promise<number> {
    const wanted = await Promise.all([...this.#legs.values()].map((leg) => leg.wantedBps()));
    return wanted.reduce((sum, one) => sum + one, 0);
  }

  /** Share of what is sent that does not arrive, over all that is sent. */
  #loss(): number {
    const lost = [...this.#legs.values()].filter(({ isSending }) => isSending).map(({ score }) => lossOfScore(score));
    return lost.length === 0 ? 0 : lost.reduce((sum, one) => sum + one, 0) / lost.length;
  }

  #openData(): Promise<DataChannel> {
    const { transport, direct } = this.#options;
    return DataChannel.create({
      transport,
      direct,
      onText: (text) => this.events.emit('dataMessage', { text }),
    });
  }

  #offer(): void {
    this.#offers += 1;
    const { transport } = this.#options;
    const sdp = buildSubscribeOffer({
      transport: localTransport(transport),
      sections: this.#sections.list(),
      sessionId: sessionIdOf(transport),
      sessionVersion: this.#offers,
    });
    this.#outstanding = { sdp, revisions: this.#sections.revisions() };
    this.events.emit('offer', { sdp });
  }

  async #takeAnswer(sdp: string): Promise<void> {
    const outstanding = this.#outstanding;
    if (!outstanding) throw coded('unexpected_answer', `peer ${this.peerId}: no offer waits for an answer`);
    const answer = parseAnswer(sdp);
    this.#checkSections(answer);
    if (!this.#isConnected) {
      const remoteRole = answer.transport.setup === 'active' ? 'client' : 'server';
      await connectTransport(this.#options.transport, answer.transport, remoteRole);
      this.#isConnected = true;
      if (this.#state === 'new') this.#setState('connecting');
    }
    this.#outstanding = undefined;
    const rejected = new Set(this.#sections.answer(outstanding.revisions, answer));
    for (const leg of [...this.#legs.values()]) {
      if (!rejected.has(leg.mid)) {
        this.#apply(leg);
        continue;
      }
      this.#options.logger.warn({ peerId: this.peerId, trackId: leg.trackId }, 'the client refused a track');
      this.#refused.add(leg.publication);
      this.#drop(leg);
    }
    this.#schedule();
  }

  /** An answer has the sections of its offer, in their order (RFC 3264, section 6). */
  #checkSections(answer: RemoteDescription): void {
    const offered = this.#sections.list().map(({ mid }) => mid);
    const answered = answer.sections.map(({ mid }) => mid);
    const isOfOffer = answered.every((mid, index) => mid === offered[index] || mid === '');
    if (!isOfOffer || answered.length !== offered.length) {
      throw coded('invalid_sdp', `answer has sections ${answered.join(' ')}, the offer has ${offered.join(' ')}`);
    }
  }

  #restartWhileDisconnected(attempt: number): void {
    if (this.#state !== 'disconnected' || attempt >= MAX_ICE_RESTARTS) return;
    this.restartIce();
    this.#scope.after(ICE_RESTART_PERIOD_MS, () => this.#restartWhileDisconnected(attempt + 1));
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.events.emit('connectionState', { state });
  }
}

function coded(code: SfuErrorCode, message: string): CodedError<SfuErrorCode> {
  return new CodedError(code, message);
}

/** A number for `o=` that stays with the connection: 60 bits of the transport's random id. */
function sessionIdOf(transport: types.WebRtcTransport): string {
  return BigInt(`0x${transport.id.replaceAll('-', '').slice(0, 15)}`).toString();
}
