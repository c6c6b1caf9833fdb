import { isDeepStrictEqual } from 'node:util';
import { Emitter, type Logger, messageOf, Scope } from '@amphi/base';
import type {
  Composition,
  EgressCommand,
  EgressJobMessage,
  EgressOutput,
  EgressStatus,
  PageTracks,
} from '@amphi/protocol';
import type { DrawnTick, Scene } from '../pipeline/messages.ts';
import { HiddenPeer } from '../session/hidden-peer.ts';
import { PageStage, type SeenStage } from '../session/page-stage.ts';
import { createSink } from '../sinks/create-sink.ts';
import type { Sink, SinkState } from '../sinks/sink.ts';
import { Engine, type EngineCanvas, type EngineNews } from './engine.ts';
import { LoadControl } from './load-control.ts';
import { OverloadWatch, type TickCounts } from './overload-watch.ts';
import { type JobPicture, JobPictures, picturesWanted, type WantedPicture } from './pictures.ts';
import { highestLayers, pageComposition, receptionOf, sceneOf, sceneShown, type View, wantedLayers } from './scene.ts';
import { TrackSubscriptions } from './track-subscriptions.ts';

const STATS_PERIOD_MS = 5_000;
/** A drain that takes longer is given up; the playlist is ended with what is there. */
const DRAIN_LIMIT_MS = 5_000;

/** All that is to be drawn and fed, when the pictures are to be others. */
type Turn = Extract<EgressCommand, { type: 'pictures' }>;

interface Events {
  status: EgressStatus;
  /** Over. `code` is the exit code of the process. */
  done: { readonly code: number };
}

/**
 * One composed stream from the job to its end: joins as a hidden peer, has the engine draw, mix and encode what is on
 * stage, and hands it to the outputs. Fails when the engine or the peer does, or when no output is left.
 */
export class Job {
  readonly #job: EgressJobMessage;
  readonly #logger: Logger;
  readonly #events = new Emitter<Events>();
  readonly #scope: Scope;
  readonly #overload = new OverloadWatch();
  readonly #load = new LoadControl();
  readonly #onDrawn: (drawn: DrawnTick) => void;
  readonly #peer: HiddenPeer;
  readonly #engine: Engine;
  readonly #pictures: JobPictures;
  readonly #subscriptions: TrackSubscriptions;
  /** In place of the stage. */
  readonly #page: PageStage | undefined;
  /** By canvas. */
  readonly #scenes = new Map<number, Scene>();
  readonly #started: Promise<void>;
  #composition: Composition;
  #pictureStep = 1;
  #framesEncoded = 0;
  #stats = { ticks: 0, skipped: 0, sources: 0 };
  #leavesOut = false;
  /** Wanted by now, and not there so far. */
  #turn: Turn | undefined;
  #isTurning = false;
  #stopping: Promise<void> | undefined;
  #done = false;

  /**
   * @param options.preset of x264, for all rungs; by default chosen by rung
   * @param options.onDrawn called for every picture of the stream; for finding out why it shows what it shows
   */
  constructor(
    job: EgressJobMessage,
    options: {
      readonly preset?: string | undefined;
      readonly onDrawn?: ((drawn: DrawnTick) => void) | undefined;
      readonly logger: Logger;
    },
  ) {
    const { logger } = options;
    this.#job = job;
    this.#page = job.page === undefined ? undefined : new PageStage(job.page);
    this.#composition = job.composition;
    this.#logger = logger;
    this.#scope = new Scope({ onCleanUpError: (error) => logger.warn({ error: messageOf(error) }, 'clean-up failed') });
    this.#onDrawn = options.onDrawn ?? (() => {});
    this.#peer = new HiddenPeer({ signalingUrl: job.signalingUrl, token: job.token, logger });
    const { rtpListenIp } = job;
    this.#pictures = new JobPictures(job, {
      createSink: (output) => createSink(output, { publisher: this.#peer, rtpListenIp, logger }),
      onState: (sink, state) => this.#noteSink(sink, state),
      onUnknown: (output) => this.#refuse(output),
    });
    this.#pictures.begin(job.outputs);
    this.#engine = new Engine(job, {
      preset: options.preset,
      tellsTicks: options.onDrawn !== undefined,
      canvases: this.#pictures.all.map(({ demand, ...picture }) => ({
        ...this.#drawnAs(picture),
        firstRungs: demand.rungs,
      })),
    });
    this.#started = new Promise((resolve) => this.#engine.events.once('started', () => resolve()));
    this.#followOpus();
    this.#subscriptions = new TrackSubscriptions({
      peer: this.#peer,
      listenIp: job.rtpListenIp,
      post: (command) => this.#engine.post(command),
      onChange: () => this.#redraw(),
      onLayers: (trackId, layers) => {
        if (this.#stage.comesInLayers(trackId, layers)) this.#receive();
      },
      onTrouble: (trouble) => this.#trouble({ ...trouble, severity: 'degraded' }),
      logger,
    });
  }

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): void {
    this.#events.on(name, listener);
  }

  /** Resolves when the clock runs; failures come as `trouble` and `done`. */
  async run(): Promise<void> {
    try {
      this.#peer.on('joined', () => this.#events.emit('status', { type: 'joined' }));
      this.#peer.on('stageChanged', () => {
        this.#receive();
        this.#redraw();
      });
      this.#peer.on('subscriptionEnded', ({ subscriptionId }) => this.#subscriptions.subscriptionEnded(subscriptionId));
      this.#peer.on('captureReport', ({ subscriptionId, report }) =>
        this.#subscriptions.captureReported(subscriptionId, report),
      );
      this.#peer.on('subscriptionsTold', ({ subscriptionIds }) =>
        this.#subscriptions.subscriptionsTold(subscriptionIds),
      );
      this.#peer.on('mediaLost', () => this.#subscriptions.reset());
      this.#peer.on('left', ({ ended, code, message }) => {
        if (ended) void this.stop();
        else this.#fail(code, message);
      });
      this.#engine.events.on('picture', ({ canvas, rung, picture }) => {
        this.#framesEncoded++;
        this.#pictures.picture(canvas, rung, picture);
      });
      this.#engine.events.on('thumbnails', ({ canvas, sheet }) => this.#pictures.thumbnails(canvas, sheet));
      this.#engine.events.on('audio', (frames) => {
        for (const frame of frames) this.#pictures.audio(frame);
      });
      this.#engine.events.on('opus', (frames) => {
        for (const frame of frames) this.#pictures.opus(frame);
      });
      this.#engine.events.on('started', (programs) => this.#pictures.start(programs));
      this.#engine.events.on('news', (news) => this.#handleNews(news));
      this.#engine.events.on('failed', ({ code, message }) => this.#fail(code, message));
      this.#peer.start();
      await this.#engine.start();
      this.#scope.every(STATS_PERIOD_MS, () => this.#reportStats());
    } catch (error) {
      if (!this.#stopping) this.#fail('start_failed', messageOf(error));
    }
  }

  /** From now on these outputs are wanted, in these states, and no others; one that failed begins anew. */
  setOutputs(outputs: readonly EgressOutput[]): void {
    if (this.#stopping) return;
    if (this.#turn) {
      this.#turn = { ...this.#turn, outputs: [...outputs] };
      return;
    }
    this.#pictures.set(outputs, ({ canvas }, rungs) => this.#engine.makeRungs(canvas, rungs));
    this.#followOpus();
    this.#letGo();
  }

  /** Draws otherwise, from the next picture on. */
  recompose(composition: Composition): void {
    if (this.#turn) this.#turn = { ...this.#turn, composition };
    this.#draw(composition);
  }

  /**
   * These pictures are wanted, and these outputs: those that can go over to another picture do so with a segment, without
   * losing a picture or a sound. Of wishes that come while one is worked on the last counts.
   */
  turn(wanted: Turn): void {
    this.#turn = wanted;
    if (!this.#isTurning) void this.#workOffTurns();
  }

  /** The page is there with these tracks by now, or not any more. */
  showPage(tracks: PageTracks | null): void {
    if (!this.#page) return;
    this.#page.show(tracks);
    this.#receive();
    this.#redraw();
  }

  /** Drains: the clock stops, encoders finish, the last parts are sent, the playlists end. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#drain();
    return this.#stopping;
  }

  #draw(composition: Composition): void {
    this.#composition = composition;
    for (const { canvas, compositionOf } of this.#pictures.all) {
      this.#engine.post({ type: 'composition', canvas, composition: this.#drawn(compositionOf(composition)) });
    }
    this.#receive();
    this.#redraw();
  }

  async #workOffTurns(): Promise<void> {
    this.#isTurning = true;
    try {
      await this.#started;
      for (let wanted = this.#turn; wanted && !this.#stopping; wanted = this.#turn) {
        await this.#turnTo(wanted);
        if (this.#turn !== wanted) continue;
        this.#turn = undefined;
        this.setOutputs(wanted.outputs);
      }
    } catch (error) {
      if (!this.#stopping) this.#fail('turn_failed', messageOf(error));
    } finally {
      this.#isTurning = false;
    }
  }

  async #turnTo(turn: Turn): Promise<void> {
    const wanted = picturesWanted(turn);
    const missing = this.#pictures.missing(wanted);
    const made = await Promise.all(missing.map((picture) => this.#make(picture)));
    missing.forEach((picture, index) => {
      this.#pictures.add(picture, made[index]!);
    });
    this.#pictures.name(wanted);
    this.#draw(this.#turn?.composition ?? turn.composition);
    await this.#pictures.move(turn.outputs, ({ canvas }, rungs) => this.#engine.makeRungs(canvas, rungs));
  }

  #make({ rungs, layout }: WantedPicture): ReturnType<Engine['addCanvas']> {
    const compositionOf = (first: Composition): Composition => (layout === undefined ? first : { ...first, layout });
    return this.#engine.addCanvas(this.#drawnAs({ rungs, layout, compositionOf }));
  }

  /** What the engine is to know of a picture. */
  #drawnAs({
    rungs,
    layout,
    compositionOf,
  }: Pick<JobPicture, 'rungs' | 'layout' | 'compositionOf'>): Omit<EngineCanvas, 'firstRungs'> {
    const composition = this.#drawn(compositionOf(this.#composition));
    return { composition, rungs, keepsTop: layout === undefined };
  }

  /** Pictures that nobody takes any more cost nothing. */
  #letGo(): void {
    for (const canvas of this.#pictures.prune()) {
      this.#scenes.delete(canvas);
      this.#engine.closeCanvas(canvas);
    }
  }

  /** Sound is encoded as Opus, too, while somebody takes it. */
  #followOpus(): void {
    this.#engine.post({ type: 'opus', isWanted: this.#pictures.takesOpus });
  }

  #handleNews(news: EngineNews): void {
    switch (news.type) {
      case 'source-open':
        this.#subscriptions.sourceOpened(news.sourceId, news.port);
        break;
      case 'source-failed':
        this.#subscriptions.sourceFailed(news.sourceId, news.message);
        break;
      case 'drawn':
        this.#onDrawn(news);
        break;
      case 'stats':
        this.#noteOverload(news);
        this.#adapt(news);
        this.#stats = news;
        break;
      case 'trouble':
        this.#trouble(news);
        break;
    }
  }

  #noteSink({ id }: Sink, state: SinkState): void {
    if (state.phase === 'starting') return;
    this.#events.emit('status', { type: 'output', id, ...state });
    if (state.phase !== 'failed') return;
    this.#logger.warn({ output: id, ...state }, 'output failed');
    this.#followOpus();
    if (this.#pictures.ids.length === 0) this.#fail(state.code, state.message);
    else {
      const picture = this.#pictures.letGo(id);
      if (picture) void this.#engine.makeRungs(picture.canvas, picture.demand.rungs);
    }
  }

  #refuse({ id, kind, ...rest }: EgressOutput): void {
    if (kind === 'tracks') {
      const message = `outputs: "${id}" is of kind tracks, which is for a job without rungs`;
      this.#events.emit('status', { type: 'output', id, phase: 'failed', code: 'tracks_beside_rungs', message });
      return;
    }
    const wanted = 'alternate' in rest ? rest.alternate : undefined;
    const known = this.#pictures.names.join(', ') || 'none';
    const message = `outputs: ${kind} "${id}" is of the alternate "${wanted}"; there are: ${known}`;
    this.#logger.warn({ output: id, code: 'unknown_alternate', message }, 'output failed');
    this.#events.emit('status', { type: 'output', id, phase: 'failed', code: 'unknown_alternate', message });
  }

  #trouble(event: {
    readonly severity: 'fatal' | 'degraded' | 'warning';
    readonly code: string;
    readonly message: string;
  }): void {
    if (event.severity === 'fatal') this.#fail(event.code, event.message);
    else {
      this.#logger.warn(event, 'pipeline trouble');
      this.#events.emit('status', { ...event, type: 'trouble' });
    }
  }

  #noteOverload(counts: TickCounts): void {
    const since = this.#overload.onCounts(counts);
    if (!since) return;
    this.#trouble({
      severity: 'degraded',
      code: 'overload',
      message: `${since.skipped} of the last ${since.ticks} pictures were not encoded: the encoders are too slow for this machine`,
    });
  }

  /** The top keeps its pictures at the cost of the rungs below it. */
  #adapt(counts: TickCounts): void {
    // What was given up comes back with one rung as well.
    if (this.#pictures.rungCount < 2 && this.#pictureStep === 1) return;
    const step = this.#load.onCounts(counts);
    if (step === undefined) return;
    this.#pictureStep = step;
    this.#engine.post({ type: 'thin', step });
    this.#logger.warn({ step }, 'rungs below the top get every so many-th picture');
    this.#events.emit('status', { type: 'thinned', step });
  }

  #receive(): void {
    const { tracks, picturesLeftOut } = receptionOf(this.#stage, this.#views);
    this.#subscriptions.setDesired(tracks);
    const isNews = picturesLeftOut > 0 && !this.#leavesOut;
    this.#leavesOut = picturesLeftOut > 0;
    if (!isNews) return;
    this.#trouble({
      severity: 'degraded',
      code: 'pictures_left_out',
      message: `${picturesLeftOut} more cameras and screens are on than are received at once; they are shown as initials`,
    });
  }

  #redraw(): void {
    const stage = this.#stage;
    const wishes = this.#views.map((view) => {
      const { canvas } = view;
      const onStage = sceneOf(stage, this.#subscriptions.connected(), view.composition.layout);
      const scene = sceneShown(onStage, view.composition);
      if (!isDeepStrictEqual(scene, this.#scenes.get(canvas))) this.#engine.post({ type: 'scene', canvas, scene });
      this.#scenes.set(canvas, scene);
      // Also in a break: after it the pictures are to be there at once.
      return wantedLayers(onStage, view, stage);
    });
    this.#subscriptions.preferLayers(highestLayers(wishes));
  }

  get #stage(): SeenStage {
    return this.#page ?? this.#peer.stage;
  }

  #drawn(composition: Composition): Composition {
    return this.#page ? pageComposition(composition) : composition;
  }

  get #views(): (View & { readonly canvas: number })[] {
    return this.#pictures.all.map(({ canvas, rungs, compositionOf }) => ({
      canvas,
      size: rungs[0]!,
      composition: this.#drawn(compositionOf(this.#composition)),
    }));
  }

  #reportStats(): void {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    this.#events.emit('status', {
      type: 'stats',
      outputSeconds: this.#stats.ticks / this.#job.frameRate,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      framesEncoded: this.#framesEncoded,
      framesSkipped: this.#stats.skipped,
      sources: this.#stats.sources,
    });
  }

  async #drain(): Promise<void> {
    try {
      const limit = new Promise<void>((resolve) => this.#scope.after(DRAIN_LIMIT_MS, resolve));
      await Promise.race([this.#engine.stop(), limit]);
      await this.#pictures.end();
      if (this.#done) return;
      this.#events.emit('status', { type: 'ended' });
      this.#finish(0);
    } catch (error) {
      this.#fail('drain_failed', messageOf(error));
    }
  }

  #fail(code: string, message: string): void {
    if (this.#done) return;
    this.#logger.error({ code, message }, 'stream failed');
    this.#events.emit('status', { type: 'trouble', severity: 'fatal', code, message });
    this.#finish(1);
  }

  #finish(code: number): void {
    if (this.#done) return;
    this.#done = true;
    this.#subscriptions.close();
    this.#peer.close();
    this.#pictures.close();
    this.#scope.close();
    void this.#engine.end().finally(() => this.#events.emit('done', { code }));
  }
}
