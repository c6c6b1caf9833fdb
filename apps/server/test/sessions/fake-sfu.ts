import { type CloseReason, CodedError, Emitter, Scope } from '@amphi/base';
import { parseOffer, playerSections } from '@amphi/sdp';
import type {
  ConnectionState,
  DesiredTrack,
  PlainSubscription,
  PlainSubscriptionEvents,
  ProgramSource,
  ProgramViewing,
  ProgramViewingEvents,
  PublishAnswer,
  PublishedTrack,
  Publishing,
  PublishingEvents,
  PublishLimits,
  SessionRouter,
  SessionRouterEvents,
  Sfu,
  SfuStats,
  SubscribeLimits,
  Subscribing,
  SubscribingEvents,
} from '@amphi/sfu';

/**
 * The SFU's contract in memory, without media. Its SDP is JSON: a publish offer is
 * `{ session, version, ufrag?, tracks: [track ids of live sections] }`, a subscribe offer `{ version, tracks }`. An encoder's
 * publish offer is real SDP, and so is the answer to it, as far as anyone here reads it.
 */
export interface FakeOffer {
  readonly session: string;
  readonly version: number;
  readonly ufrag?: string;
  readonly tracks: readonly string[];
}

class Ending {
  readonly scope = new Scope();
  readonly closed = this.scope.closed;
  close(reason?: CloseReason): void {
    this.scope.close(reason);
  }
  get isClosed(): boolean {
    return this.scope.isClosed;
  }
}

export class FakeSfu extends Ending implements Sfu {
  readonly routers: FakeRouter[] = [];
  /** How many of the next `createSessionRouter` calls find no worker. */
  failures = 0;

  async createSessionRouter({ sessionId }: { readonly sessionId: string }): Promise<FakeRouter> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new CodedError('no_worker', 'no worker runs');
    }
    const router = new FakeRouter(sessionId);
    this.routers.push(router);
    return router;
  }

  async stats(): Promise<SfuStats> {
    return {
      workers: [{ pid: 1, sessionRouters: 0, cpuMs: 1_500, udpPort: 0, tcpPort: 0 }],
      workerDeaths: 0,
      sessionRouters: 0,
      publishings: 0,
      subscribings: 0,
      plainSubscriptions: 0,
      viewings: 0,
      producers: 0,
      consumers: 0,
    };
  }

  get router(): FakeRouter {
    const router = this.routers.at(-1);
    if (!router) throw new Error('no router was made');
    return router;
  }
}

export class FakeRouter extends Ending implements SessionRouter {
  readonly events = new Emitter<SessionRouterEvents>();
  readonly sessionId: string;
  readonly published = new Map<string, PublishedTrack>();
  readonly publishings: FakePublishing[] = [];
  readonly subscribings: FakeSubscribing[] = [];
  readonly plain: FakePlain[] = [];
  readonly programs: FakeProgramSource[] = [];
  /** Offers of these peers are worked on only when the promise resolves. */
  readonly held = new Map<string, Promise<void>>();

  constructor(sessionId: string) {
    super();
    this.sessionId = sessionId;
  }

  async createPublishing({ peerId }: { readonly peerId: string }): Promise<FakePublishing> {
    this.#requireOpen();
    const publishing = this.scope.own(new FakePublishing(this, peerId));
    this.publishings.push(publishing);
    return publishing;
  }

  async createSubscribing({ peerId }: { readonly peerId: string }): Promise<FakeSubscribing> {
    this.#requireOpen();
    const subscribing = this.scope.own(new FakeSubscribing(this, peerId));
    this.subscribings.push(subscribing);
    return subscribing;
  }

  async createPlainSubscription(options: { readonly trackId: string }): Promise<FakePlain> {
    const track = this.published.get(options.trackId);
    if (!track) throw new CodedError('unknown_track', `no track ${options.trackId}`);
    const subscription = this.scope.own(new FakePlain(track));
    this.plain.push(subscription);
    return subscription;
  }

  async createProgramSource(): Promise<FakeProgramSource> {
    this.#requireOpen();
    const source = this.scope.own(new FakeProgramSource());
    this.programs.push(source);
    return source;
  }

  tracks(): readonly PublishedTrack[] {
    return [...this.published.values()];
  }

  /** As when the worker dies. */
  die(): void {
    this.close({ by: 'failure', code: 'worker_died' });
  }

  publishing(peerId: string): FakePublishing {
    const found = this.publishings.filter((one) => one.peerId === peerId && !one.isClosed).at(-1);
    if (!found) throw new Error(`${peerId} has no publish connection`);
    return found;
  }

  subscribing(peerId: string): FakeSubscribing {
    const found = this.subscribings.filter((one) => one.peerId === peerId && !one.isClosed).at(-1);
    if (!found) throw new Error(`${peerId} has no subscribe connection`);
    return found;
  }

  publish(track: PublishedTrack): void {
    this.published.set(track.trackId, track);
    for (const subscribing of this.subscribings) subscribing.reconcile();
  }

  unpublish(trackId: string): void {
    const track = this.published.get(trackId);
    if (!track) return;
    this.published.delete(trackId);
    this.events.emit('trackUnpublished', { trackId, peerId: track.peerId });
    for (const plain of this.plain) if (plain.track.trackId === trackId) plain.close({ by: 'remote' });
    for (const subscribing of this.subscribings) subscribing.reconcile();
  }

  #requireOpen(): void {
    if (this.isClosed) throw new CodedError('closed', 'the router is closed');
  }
}

export class FakePublishing extends Ending implements Publishing {
  readonly events = new Emitter<PublishingEvents>();
  readonly peerId: string;
  connectionState: ConnectionState = 'connected';
  readonly muted = new Map<string, boolean>();
  readonly closedByServer: string[] = [];
  limits: PublishLimits | undefined;
  readonly #router: FakeRouter;
  #last: FakeOffer | undefined;

  constructor(router: FakeRouter, peerId: string) {
    super();
    this.#router = router;
    this.peerId = peerId;
    this.scope.defer(() => {
      for (const { trackId } of this.tracks()) this.#router.unpublish(trackId);
      this.setState('closed');
    });
  }

  async handleOffer(...[{ sdp, tracks, limits }]: Parameters<Publishing['handleOffer']>): Promise<PublishAnswer> {
    await this.#router.held.get(this.peerId);
    if (this.isClosed) throw new CodedError('closed', 'the publishing is closed');
    this.limits = limits;
    const offer = parse(sdp);
    const last = this.#last;
    const replaced = last !== undefined && last.session !== offer.session;
    if (last && !replaced && offer.version < last.version) {
      throw new CodedError('stale_offer', `version ${offer.version} is older than ${last.version}`);
    }
    this.#last = offer;
    const known = this.tracks().map((track) => track.trackId);
    const unpublished = known.filter((id) => replaced || !offer.tracks.includes(id) || !tracks.has(id));
    for (const id of unpublished) this.#router.unpublish(id);
    const published: PublishedTrack[] = [];
    const refused: string[] = [];
    for (const id of offer.tracks) {
      const track = tracks.get(id);
      const present = this.#router.published.get(id);
      if (!track || (present && present.peerId !== this.peerId)) refused.push(id);
      else if (!present) published.push({ ...track, peerId: this.peerId, layers: ['high'] });
    }
    for (const track of published) this.#router.publish(track);
    return {
      answer: sdp.startsWith('v=')
        ? `v=0\r\na=ice-lite\r\nm=audio 9 X 0\r\na=mid:0\r\na=ice-ufrag:of-${offer.ufrag}\r\na=ice-pwd:secret\r\n`
        : JSON.stringify({ answerTo: offer.version, refused }),
      published,
      unpublished,
      refused,
      iceRestarted: last !== undefined && !replaced && last.ufrag !== offer.ufrag,
      replaced,
    };
  }

  /** As ICE and DTLS would have it. */
  setState(state: ConnectionState): void {
    this.connectionState = state;
    this.events.emit('connectionState', { state });
  }

  setTrackMuted(trackId: string, muted: boolean): void {
    this.muted.set(trackId, muted);
  }

  closeTrack(trackId: string): void {
    this.closedByServer.push(trackId);
    this.#router.unpublish(trackId);
  }

  tracks(): readonly PublishedTrack[] {
    return this.#router.tracks().filter((track) => track.peerId === this.peerId);
  }
}

export class FakeSubscribing extends Ending implements Subscribing {
  readonly events = new Emitter<SubscribingEvents>();
  readonly peerId: string;
  readonly connectionState: ConnectionState = 'connected';
  readonly sent: string[] = [];
  desired: ReadonlyMap<string, DesiredTrack> = new Map();
  limits: SubscribeLimits = {};
  trackIds: readonly string[] = [];
  downlinkScore = -1;
  iceRestarts = 0;
  readonly #router: FakeRouter;
  #version = 0;
  #outstanding: string | undefined;
  #started = false;

  constructor(router: FakeRouter, peerId: string) {
    super();
    this.#router = router;
    this.peerId = peerId;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#offer();
  }

  setLimits(limits: SubscribeLimits): void {
    this.limits = limits;
  }

  setTracks(desired: ReadonlyMap<string, DesiredTrack>): void {
    this.desired = desired;
    this.reconcile();
  }

  reconcile(): void {
    if (!this.#started || this.isClosed || this.#outstanding !== undefined) return;
    if (this.#wanted().join() !== this.trackIds.join()) this.#offer();
  }

  async handleAnswer(sdp: string): Promise<void> {
    if (this.#outstanding === undefined) throw new CodedError('unexpected_answer', 'no offer waits for an answer');
    parse(sdp);
    this.#outstanding = undefined;
    this.reconcile();
  }

  repeatOffer(): void {
    if (this.#outstanding !== undefined) this.events.emit('offer', { sdp: this.#outstanding });
  }

  restartIce(): void {
    this.iceRestarts += 1;
  }

  sendData(text: string): boolean {
    this.sent.push(text);
    return true;
  }

  #wanted(): string[] {
    return [...this.desired.keys()].filter((id) => this.#router.published.has(id)).sort();
  }

  #offer(): void {
    this.trackIds = this.#wanted();
    this.#version += 1;
    this.#outstanding = JSON.stringify({
      session: `sub-${this.peerId}`,
      version: this.#version,
      tracks: this.trackIds,
    });
    this.events.emit('offer', { sdp: this.#outstanding });
  }
}

export class FakePlain extends Ending implements PlainSubscription {
  readonly events = new Emitter<PlainSubscriptionEvents>();
  readonly track: PublishedTrack;
  readonly rtp = {
    mimeType: 'video/VP8',
    payloadType: 101,
    clockRate: 90_000,
    parameters: {},
    ssrc: 1111,
    rtx: { payloadType: 102, ssrc: 2222 },
    headerExtensions: [],
    cname: 'c',
    remoteIp: '127.0.0.1',
    remotePort: 40_000,
  };
  layer = -1;
  resumed = 0;

  constructor(track: PublishedTrack) {
    super();
    this.track = track;
  }

  async resume(): Promise<void> {
    this.resumed += 1;
  }

  async setPreferredSpatialLayer(layer: number): Promise<void> {
    this.layer = layer;
  }

  async requestKeyFrame(): Promise<void> {}
}

/** Players offer real SDP; the answer to them is such, as far as anyone here reads it. */
export class FakeProgramSource extends Ending implements ProgramSource {
  readonly rtp = {
    ip: '127.0.0.1',
    port: 40_001,
    audio: { ssrc: 1, payloadType: 100 },
    video: { ssrc: 2, payloadType: 101 },
  };
  readonly viewings: FakeViewing[] = [];

  async createViewing({ sdp }: { readonly sdp: string }): Promise<FakeViewing> {
    if (this.isClosed) throw new CodedError('closed', 'the program is closed');
    playerSections(parseOffer(sdp));
    const viewing = this.scope.own(new FakeViewing());
    this.viewings.push(viewing);
    return viewing;
  }
}

export class FakeViewing extends Ending implements ProgramViewing {
  readonly events = new Emitter<ProgramViewingEvents>();
  connectionState: ConnectionState = 'new';
  #restarts = 0;

  get answer(): string {
    return `v=0\r\na=ice-lite\r\nm=audio 9 X 0\r\na=mid:0\r\na=ice-ufrag:server${this.#restarts}\r\na=ice-pwd:secret\r\n`;
  }

  async restartIce(): Promise<string> {
    this.#restarts += 1;
    return this.answer;
  }

  /** As ICE and DTLS would have it. */
  setState(state: ConnectionState): void {
    this.connectionState = state;
    this.events.emit('connectionState', { state });
  }
}

function parse(sdp: string): FakeOffer {
  if (sdp.startsWith('v=')) {
    const { sessionId, sessionVersion, transport, sections } = parseOffer(sdp);
    const tracks = sections.flatMap((section) => (section.kind === 'other' ? [] : (section.msid?.trackId ?? [])));
    return { session: sessionId, version: Number(sessionVersion), ufrag: transport.iceUfrag, tracks };
  }
  try {
    return JSON.parse(sdp) as FakeOffer;
  } catch {
    throw new CodedError('invalid_sdp', `not an SDP: ${sdp.slice(0, 20)}`);
  }
}
