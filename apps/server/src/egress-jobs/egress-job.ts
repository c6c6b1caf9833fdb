import {
  assert,
  backoffMs,
  type Clock,
  type Closable,
  type CloseReason,
  type Logger,
  logFaults,
  type Millis,
  messageOf,
  Scope,
  whenClosed,
} from '@amphi/base';
import type {
  Composition,
  EgressAlternate,
  EgressJobMessage,
  EgressOutput,
  EgressStatus,
  PageTracks,
} from '@amphi/protocol';
import type { EffortCount } from './effort.ts';
import type { EgressProcess } from './egress-process.ts';
import type { EgressProcesses } from './egress-processes.ts';
import { failureOf, failureReason } from './failure-reason.ts';
import { Feed, type JobOutput } from './feed.ts';
import { type EgressJobEvent, type EgressJobState, type EgressPolicy, nextTickAt, step } from './job-state.ts';

/** What a process is told beside its outputs and what it draws. */
type JobMessage = Omit<EgressJobMessage, 'outputs' | 'composition' | 'page'>;

/** What is drawn, and in which sizes. */
export type JobPictures = Pick<EgressJobMessage, 'composition' | 'rungs'>;

/** How an output is fed now. */
interface FeedState {
  readonly feed: Feed;
  isWanted: boolean;
  /** The picture that it keeps, of those that are not made for all any more. */
  kept?: EgressAlternate;
  /** In a row: one that ran for long enough has healed. */
  failures: number;
  runningSince: Millis | undefined;
  /** Cancels the next try of one that failed by itself, or the time that it has to end. */
  cancel(): void;
}

/**
 * Keeps the process of one program running as long as it has outputs: starts it, restarts it with backoff, gives up after
 * too many failures in a row. Outputs come and go while it runs; one that fails by itself begins anew beside the others.
 * Closed when the process is gone for good and all outputs are over; `by: 'failure'` when it was given up.
 */
export class EgressJob implements Closable {
  readonly closed: Promise<CloseReason>;
  readonly #processes: EgressProcesses;
  readonly #policy: EgressPolicy;
  readonly #describe: () => Promise<JobMessage>;
  readonly #effort: EffortCount;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scope: Scope;
  readonly #feeds = new Map<string, FeedState>();
  #state: EgressJobState;
  #process: EgressProcess | undefined;
  /** For the process that is about to be launched. */
  #message: JobMessage | undefined;
  /** Of the process that runs, or ran last. */
  #launched: JobMessage | undefined;
  /** In place of those that are described, once the shape has changed. */
  #rungs: EgressJobMessage['rungs'] | undefined;
  #shapes = 0;
  #composition: Composition;
  /** Of the page in place of the stage, null while it is not there; undefined: the stage is shown. */
  #page: PageTracks | null | undefined;
  /** Code of what the last process told last. */
  #lastTrouble: string | undefined;
  #pictureStep = 1;
  #cancelTick = (): void => {};

  constructor(options: {
    readonly processes: EgressProcesses;
    readonly policy: EgressPolicy;
    readonly composition: Composition;
    /** A web page, of which `showPage` tells, in place of the stage. */
    readonly showsPage?: boolean;
    /** Makes the job message for each start, with a fresh token. */
    readonly describe: () => Promise<JobMessage>;
    readonly effort: EffortCount;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#processes = options.processes;
    this.#policy = options.policy;
    this.#composition = options.composition;
    this.#page = options.showsPage ? null : undefined;
    this.#describe = options.describe;
    this.#effort = options.effort;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#scope = new Scope({ clock: options.clock, onTimerError: (error) => this.#giveUpAt(error) });
    this.closed = this.#scope.closed;
    this.#state = { phase: 'preparing', failures: 0, since: this.#clock.now() };
    this.#armTick();
    this.#prepare();
  }

  /** Of the process that runs at present. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Whether outputs can still come: it has not been stopped, nor given up. */
  get isOpen(): boolean {
    return this.#state.phase !== 'draining' && this.#state.phase !== 'ended';
  }

  /** Feeds one more output, from the next segment on; the others do not notice. While it is open. */
  feed(output: JobOutput): Feed {
    assert(this.isOpen && !this.#feeds.has(output.id), `output ${output.id} comes to a job that can feed it`);
    const feed = new Feed(output, this.#logger);
    this.#feeds.set(output.id, { feed, isWanted: true, failures: 0, runningSince: undefined, cancel: () => {} });
    this.#sendOutputs();
    return feed;
  }

  /** Ends an output; the others do not notice. The last one's end is the job's. Its `over` tells when it is done. */
  unfeed(output: string): void {
    const state = this.#feeds.get(output);
    if (!state?.isWanted) return;
    state.isWanted = false;
    state.cancel();
    if (this.#wanted().length === 0) {
      this.stop();
      return;
    }
    this.#sendOutputs();
    if (!this.#process) this.#drop(state);
    else state.cancel = this.#scope.after(this.#policy.drainTimeoutMs, () => this.#drop(state));
  }

  /** Every how many-th picture the rungs below the top get. */
  get pictureStep(): number {
    return this.#pictureStep;
  }

  /** Outputs are to be otherwise by now: tells the process what they describe. */
  renew(): void {
    this.#sendOutputs();
  }

  /** Draws otherwise: the process that runs, and those that come after it. */
  recompose(composition: Composition): void {
    this.#composition = composition;
    this.#process?.send({ type: 'composition', composition });
  }

  /**
   * Other sizes, for the process that runs and those after it. What cannot change its size in its middle keeps the picture that
   * it has for as long as it is fed, also by the processes to come.
   */
  reshape({ composition, rungs }: JobPictures): void {
    const before = this.#process &&
      this.#launched && { id: `shape-${++this.#shapes}`, rungs: this.#rungsOf(this.#launched) };
    this.#composition = composition;
    this.#rungs = rungs;
    const process = this.#process;
    if (!process || !before || !this.#launched) return;
    for (const state of this.#feeds.values()) {
      const { kind } = state.feed.output.describe();
      if (state.isWanted && (kind === 'recording' || kind === 'rtmp')) state.kept ??= before;
    }
    const outputs = this.#describeOutputs();
    if (outputs.length === 0) return;
    process.send({ type: 'pictures', composition, rungs, alternates: this.#alternatesOf(this.#launched), outputs });
  }

  /** The page is there with these tracks, or not any more: for the process that runs, and those that come after it. */
  showPage(tracks: PageTracks | null): void {
    this.#page = tracks;
    this.#process?.send({ type: 'page', tracks });
  }

  /** What it is to show cannot be had: all outputs fail, and end with what was made of them until now. @param code of `failureReason` */
  fail(code: string): void {
    this.#lastTrouble = code;
    for (const state of [...this.#feeds.values()]) {
      if (!state.isWanted) continue;
      state.isWanted = false;
      state.cancel();
      state.feed.events.emit('failed', failureOf(code));
    }
    this.stop();
  }

  /** Drains: last parts, the end of all outputs; killed when that takes too long. `closed` tells when it is done. */
  stop(): void {
    this.#handle({ type: 'stopRequested' });
  }

  /** The same as `stop`: outputs are never cut off while they can be ended. */
  close(): void {
    this.stop();
  }

  #wanted(): FeedState[] {
    return [...this.#feeds.values()].filter(({ isWanted }) => isWanted);
  }

  #describeOutputs(): EgressOutput[] {
    return this.#wanted().map(({ feed, kept }) => {
      const output = feed.output.describe();
      const keeps = kept && (output.kind === 'recording' || output.kind === 'rtmp');
      return keeps ? { ...output, alternate: kept.id } : output;
    });
  }

  #rungsOf(described: JobMessage): EgressJobMessage['rungs'] {
    return this.#rungs ?? described.rungs;
  }

  /** Those that are described, and those that outputs keep. */
  #alternatesOf({ alternates = [] }: JobMessage): EgressAlternate[] {
    return [...alternates, ...new Set(this.#wanted().flatMap(({ kept }) => kept ?? []))];
  }

  #sendOutputs(): void {
    const outputs = this.#describeOutputs();
    if (outputs.length > 0) this.#process?.send({ type: 'outputs', outputs });
  }

  /** Nothing is written to it any more. */
  #drop(state: FeedState): void {
    state.cancel();
    this.#feeds.delete(state.feed.output.id);
    state.feed.end();
  }

  #noteThinned(step: number): void {
    if (step === this.#pictureStep) return;
    this.#pictureStep = step;
    this.#logger.warn({ step }, 'rungs below the top get every so many-th picture');
    for (const { feed } of this.#feeds.values()) feed.events.emit('thinned', { step });
  }

  #noteOutput(status: Extract<EgressStatus, { type: 'output' }>): void {
    const state = this.#feeds.get(status.id);
    if (!state) return;
    if (status.phase === 'running' || status.phase === 'paused') {
      state.runningSince ??= this.#clock.now();
      state.feed.events.emit(status.phase, undefined);
      return;
    }
    if (status.phase === 'retrying') {
      state.feed.events.emit('retrying', { message: failureReason(status.code) });
      return;
    }
    if (!state.isWanted) {
      this.#drop(state);
      return;
    }
    if (status.phase !== 'failed') return;
    const { code = 'output_failed', message = '' } = status;
    this.#lastTrouble = code;
    const ranForMs = state.runningSince === undefined ? 0 : this.#clock.now() - state.runningSince;
    state.failures = ranForMs >= this.#policy.stableMs ? 1 : state.failures + 1;
    state.runningSince = undefined;
    const isTriedAgain = state.feed.output.isTriedAgain && state.failures < this.#policy.maxFailures;
    this.#logger.warn({ output: status.id, code, detail: message, isTriedAgain }, 'an output failed');
    if (!isTriedAgain) {
      this.#giveUp(state, code);
      return;
    }
    // The process ends by itself when this was its only one, and the next one begins with all.
    state.cancel = this.#scope.after(backoffMs(state.failures - 1, this.#policy.backoff), () => this.#sendOutputs());
  }

  #giveUp(state: FeedState, code: string): void {
    state.isWanted = false;
    state.feed.events.emit('failed', failureOf(code));
    this.#drop(state);
    if (this.#wanted().length === 0) this.stop();
    // It may have been begun anew by what was sent before we heard of this.
    else this.#sendOutputs();
  }

  #handle(event: EgressJobEvent): void {
    const before = this.#state;
    const { state, actions } = step(before, event, this.#clock.now(), this.#policy);
    this.#state = state;
    for (const action of actions) {
      if (action === 'prepare') this.#prepare();
      else if (action === 'launch') this.#launch();
      else if (action === 'askToStop') this.#process?.send({ type: 'stop' });
      else this.#kill();
    }
    if (state.phase === 'ended' && before.phase !== 'ended') void this.#finish(state.outcome);
    this.#armTick();
  }

  #armTick(): void {
    this.#cancelTick();
    const at = nextTickAt(this.#state, this.#policy);
    if (at === undefined) return;
    const delayMs: Millis = Math.max(0, at - this.#clock.now());
    this.#cancelTick = this.#scope.after(delayMs, () => this.#handle({ type: 'tick' }));
  }

  /** Makes the message. One that comes after its time is up, or after a stop, is for nobody. */
  #prepare(): void {
    const preparing = this.#state;
    this.#lastTrouble = undefined;
    this.#describe()
      .then(
        (message) => {
          if (this.#state !== preparing) return;
          this.#message = message;
          this.#handle({ type: 'prepared' });
        },
        (error: unknown) => {
          this.#logger.error({ error: messageOf(error) }, 'could not describe the egress job');
          if (this.#state === preparing) this.#handle({ type: 'unprepared' });
        },
      )
      .catch((error: unknown) => this.#giveUpAt(error));
  }

  #launch(): void {
    const described = this.#message;
    assert(described, 'an egress job is launched with a message');
    const alternates = this.#alternatesOf(described);
    const message: EgressJobMessage = {
      ...described,
      rungs: this.#rungsOf(described),
      ...(alternates.length > 0 && { alternates }),
      ...(this.#page !== undefined && { page: this.#page }),
      composition: this.#composition,
      outputs: this.#describeOutputs(),
    };
    this.#message = undefined;
    this.#launched = described;
    let child: EgressProcess;
    try {
      child = this.#processes.start(message, this.#logger);
    } catch (error) {
      // No pipes or processes left on this machine.
      this.#logger.error({ error: messageOf(error) }, 'could not start an egress process');
      this.#handle({ type: 'exited' });
      return;
    }
    this.#process = child;
    const note = this.#effort.begin();
    child.events.on('status', (status) => {
      if (status.type === 'stats') note(status);
      if (status.type === 'trouble') {
        this.#lastTrouble = status.code;
        this.#logger.warn({ severity: status.severity, code: status.code, detail: status.message }, 'egress trouble');
        if (status.severity === 'degraded') {
          for (const { feed } of this.#feeds.values()) feed.events.emit('trouble', { code: status.code });
        }
      }
      if (status.type === 'thinned') this.#noteThinned(status.step);
      if (status.type === 'output') this.#noteOutput(status);
      if (status.type === 'track') this.#feeds.get(status.id)?.feed.events.emit('track', status.track);
      // A process is not to blame for a platform that does not take what it makes, nor for a pause.
      const isOnAir = status.type === 'output' && ['running', 'retrying', 'paused'].includes(status.phase);
      this.#handle({ type: isOnAir ? 'streaming' : 'heard' });
    });
    const gone = (reason: CloseReason): void => {
      this.#process = undefined;
      this.#noteThinned(1);
      for (const state of [...this.#feeds.values()]) {
        state.cancel();
        if (!state.isWanted) this.#drop(state);
      }
      this.#handle({ type: 'exited' });
      this.#logger.debug({ reason, phase: this.#state.phase }, 'egress run over');
    };
    whenClosed(child, gone, (error) => this.#giveUpAt(error));
  }

  /** A fault of ours: its outputs fail, and others do not notice. */
  #giveUpAt(error: unknown): void {
    logFaults(this.#logger, 'a fault ended an egress job')(error);
    if (this.#state.phase === 'ended') return;
    this.#state = { phase: 'ended', outcome: 'failed' };
    this.#cancelTick();
    this.#process?.close();
    void this.#finish('failed');
  }

  #kill(): void {
    this.#logger.warn({ phase: this.#state.phase }, 'killed an egress process that did not answer in time');
    this.#process?.close();
  }

  async #finish(outcome: 'stopped' | 'failed'): Promise<void> {
    const feeds = [...this.#feeds.values()];
    for (const state of feeds) {
      if (outcome === 'failed' && state.isWanted) {
        state.feed.events.emit('failed', failureOf(this.#lastTrouble));
      }
      this.#drop(state);
    }
    await Promise.all(feeds.map(({ feed }) => feed.over));
    this.#scope.close(outcome === 'failed' ? { by: 'failure', code: 'given_up' } : undefined);
  }
}
