import { messageOf } from '@amphi/base';
import {
  AAC_FRAME_SAMPLES,
  type AacFrame,
  type EncodedPicture,
  type OpusFrame,
  type Program,
  type Sink,
  type SinkState,
  type ThumbnailSheet,
} from './sink.ts';

/** What all sinks of a composition share. */
export interface ProgramStart extends Program {
  /** Samples that the audio encoder puts before the first real one. */
  readonly primingSamples: number;
}

interface Outlet {
  readonly sink: Sink;
  /** What comes before these is not for this sink. */
  readonly firstTick: number;
  readonly firstSample: number;
  /** What has come for it while another set still has something for it. */
  held?: (() => void)[] | undefined;
  /** Another set gives it what comes from a tick on. */
  leaving?: Leaving;
}

interface Leaving {
  readonly tick: number;
  readonly sample: number;
  /** Rungs that have not come so far, and whether the sound has. */
  readonly rungs: Set<number>;
  hasSound: boolean;
  /** All has come. */
  done(): void;
}

/**
 * Hands what the encoders of one composition make to its sinks, each from a keyframe on. A sink may come at any time and
 * gets the program from the next segment on; one that fails, or throws, is let go, and the others never notice.
 */
export class SinkSet {
  readonly #onState: (sink: Sink, state: SinkState) => void;
  readonly #sinks = new Map<string, Sink>();
  readonly #outlets = new Map<string, Outlet>();
  /** Those whose pictures are not made yet. */
  readonly #waiting = new Set<Sink>();
  /** Those that get nothing more, and have not ended yet. */
  readonly #ending = new Map<Sink, Promise<void>>();
  #program: ProgramStart | undefined;
  /** Pictures that overtook the message that the clock has started. */
  readonly #early: { readonly rung: number; readonly picture: EncodedPicture }[] = [];
  #sheet: ThumbnailSheet | undefined;
  #newestTick = -1;
  #audioFrames = 0;
  #isOver = false;

  /** @param options.onState told of each change in the state of a sink */
  constructor(options: { readonly onState: (sink: Sink, state: SinkState) => void }) {
    this.#onState = options.onState;
  }

  /**
   * A sink under the id of one that is there replaces it.
   * @param ready from which tick on all its pictures are made; by default they are
   */
  add(sink: Sink, ready?: Promise<number>): void {
    this.remove(sink.id);
    this.#adopt(sink);
    if (ready) {
      this.#waiting.add(sink);
      void ready.then((fromTick) => this.#handleReady(sink, fromTick));
    } else if (this.#program) this.#open(sink, this.#program);
  }

  get ids(): string[] {
    return [...this.#sinks.keys()];
  }

  /** AAC frames of the run that have come so far. */
  get soundFrames(): number {
    return this.#audioFrames;
  }

  /**
   * Another set's pictures are for this sink, from a segment on of which nothing has been made in either: it gets all that comes
   * before it from here, and then what comes from there.
   * @param options.rungs that it takes here, by place
   * @param options.ready from which tick on all its pictures are made there
   * @returns resolves when nothing more is for it here; stays away when that does not come
   */
  async move(
    id: string,
    to: SinkSet,
    options: { readonly rungs: readonly number[]; readonly ready: Promise<number> },
  ): Promise<void> {
    const sink = this.#sinks.get(id);
    if (!sink) return;
    const fromTick = await options.ready;
    if (this.#isOver || this.#sinks.get(id) !== sink) return;
    const outlet = this.#outlets.get(id);
    this.#sinks.delete(id);
    if (!outlet || !this.#program || !to.#program) {
      // Nothing has been for it so far.
      this.#waiting.delete(sink);
      this.#outlets.delete(id);
      to.add(sink, Promise.resolve(fromTick));
      return;
    }
    const tick = Math.max(fromTick, this.#nextStart(this.#program), to.#nextStart(to.#program));
    const sample = sampleOfTick(this.#program, tick);
    to.#adopt(sink);
    to.#outlets.set(id, { sink, firstTick: tick, firstSample: sample, held: [] });
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#outlets.delete(id);
        to.#begin(id);
        resolve();
      };
      outlet.leaving = { tick, sample, rungs: new Set(options.rungs), hasSound: false, done };
    });
  }

  /** Gives a sink nothing more; it ends what it has. The others do not notice. */
  finish(id: string): void {
    const sink = this.#sinks.get(id);
    if (!sink) return;
    this.#begin(id);
    this.#sinks.delete(id);
    this.#outlets.delete(id);
    const ended = sink.end().finally(() => {
      this.#ending.delete(sink);
      sink.close();
    });
    this.#ending.set(sink, ended);
  }

  /** Of a sink that can be paused. The others do not notice. */
  setPaused(id: string, isPaused: boolean): void {
    const sink = this.#sinks.get(id);
    if (sink) this.#attempt(sink, () => sink.setPaused?.(isPaused));
  }

  /** Lets go of a sink at once, whatever it still holds. */
  remove(id: string): void {
    const sink = this.#sinks.get(id);
    this.#sinks.delete(id);
    this.#outlets.delete(id);
    sink?.close();
  }

  /**
   * The program begins, for all sinks that are there.
   * @param soundFrames AAC frames of the run that came before
   */
  start(program: ProgramStart, soundFrames = 0): void {
    this.#program = program;
    this.#audioFrames = soundFrames;
    for (const sink of [...this.#sinks.values()]) if (!this.#waiting.has(sink)) this.#open(sink, program);
    for (const { rung, picture } of this.#early.splice(0)) this.picture(rung, picture);
  }

  picture(rung: number, picture: EncodedPicture): void {
    if (this.#isOver) return;
    if (!this.#program) {
      this.#early.push({ rung, picture });
      return;
    }
    this.#newestTick = Math.max(this.#newestTick, picture.tick);
    for (const outlet of [...this.#outlets.values()]) {
      const { sink, leaving } = outlet;
      if (leaving && picture.tick >= leaving.tick) {
        leaving.rungs.delete(rung);
        leave(leaving);
      } else if (picture.tick >= outlet.firstTick) this.#give(outlet, () => sink.picture(rung, picture));
    }
  }

  /** A sink gets the newest sheet when it begins, too: so it is known from then on that there will be some. */
  thumbnails(sheet: ThumbnailSheet): void {
    if (this.#isOver) return;
    this.#sheet = sheet;
    for (const outlet of [...this.#outlets.values()]) this.#give(outlet, () => outlet.sink.thumbnails?.(sheet));
  }

  /** @param data the next AAC frame of the run, the encoder's priming included */
  audio(data: Uint8Array): void {
    const program = this.#program;
    if (!program || this.#isOver) return;
    const frame: AacFrame = { sample: this.#sampleOfFrame(program, this.#audioFrames++), data };
    if (this.#audioFrames * AAC_FRAME_SAMPLES <= program.primingSamples) return;
    for (const outlet of [...this.#outlets.values()]) {
      const { sink, leaving } = outlet;
      if (leaving && frame.sample >= leaving.sample) {
        leaving.hasSound = true;
        leave(leaving);
      } else if (frame.sample >= outlet.firstSample) this.#give(outlet, () => sink.audio(frame));
    }
  }

  /** Whether there is one that takes Opus. */
  get takesOpus(): boolean {
    return [...this.#sinks.values()].some((sink) => sink.takesOpus);
  }

  opus(frame: OpusFrame): void {
    if (this.#isOver) return;
    for (const outlet of [...this.#outlets.values()]) {
      const { sink, firstSample, leaving } = outlet;
      const isForIt = frame.sample >= firstSample && frame.sample < (leaving?.sample ?? Number.POSITIVE_INFINITY);
      if (isForIt) this.#give(outlet, () => sink.opus?.(frame));
    }
  }

  /** Nothing more comes; resolves when every sink has ended or failed. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const id of this.ids) this.#begin(id);
    await Promise.all([...[...this.#sinks.values()].map((sink) => sink.end()), ...this.#ending.values()]);
  }

  close(): void {
    this.#isOver = true;
    for (const id of this.ids) this.remove(id);
    for (const sink of this.#ending.keys()) sink.close();
  }

  /** From now on it is told here what becomes of the sink. */
  #adopt(sink: Sink): void {
    this.#sinks.set(sink.id, sink);
    sink.status.onChange((state) => {
      if (state.phase === 'failed' && this.#sinks.get(sink.id) === sink) this.remove(sink.id);
      this.#onState(sink, state);
    });
  }

  /** A sink that came from another set has all that was for it there. */
  #begin(id: string): void {
    const outlet = this.#outlets.get(id);
    const held = outlet?.held;
    if (!outlet || !held || !this.#program) return;
    outlet.held = undefined;
    const { sink, firstTick } = outlet;
    const program = { ...this.#program, firstTick };
    // At the end of all it may have got no further.
    if (held.length > 0 || !this.#isOver) this.#attempt(sink, () => sink.reopen?.(program));
    const sheet = this.#sheet;
    if (sheet) this.#attempt(sink, () => sink.thumbnails?.(sheet));
    for (const call of held) this.#attempt(sink, call);
  }

  #give(outlet: Outlet, call: () => void): void {
    if (outlet.held) outlet.held.push(call);
    else this.#attempt(outlet.sink, call);
  }

  #handleReady(sink: Sink, fromTick: number): void {
    this.#waiting.delete(sink);
    // Before the program begins all is ready by then.
    if (this.#program && !this.#isOver && this.#sinks.get(sink.id) === sink) this.#open(sink, this.#program, fromTick);
  }

  #open(sink: Sink, program: ProgramStart, fromTick = program.firstTick): void {
    const firstTick = Math.max(fromTick, this.#nextStart(program));
    const firstSample = sampleOfTick(program, firstTick);
    this.#outlets.set(sink.id, { sink, firstTick, firstSample });
    this.#attempt(sink, () => sink.open({ ...program, firstTick }));
    const sheet = this.#sheet;
    if (sheet && this.#outlets.has(sink.id)) this.#attempt(sink, () => sink.thumbnails?.(sheet));
  }

  /** First tick of the program, or of the first segment of which nothing has been made yet. */
  #nextStart(program: ProgramStart): number {
    const audioTick = Math.floor(
      (this.#sampleOfFrame(program, this.#audioFrames) * program.frameRate) / program.audio.sampleRate,
    );
    const isFresh = this.#newestTick < 0 && this.#audioFrames === 0;
    if (isFresh) return program.firstTick;
    const framesPerSegment = program.framesPerPart * program.partsPerSegment;
    return (Math.floor(Math.max(this.#newestTick, audioTick) / framesPerSegment) + 1) * framesPerSegment;
  }

  #sampleOfFrame(program: ProgramStart, index: number): number {
    const primingFrames = Math.ceil(program.primingSamples / AAC_FRAME_SAMPLES);
    return sampleOfTick(program, program.firstTick) + (index - primingFrames) * AAC_FRAME_SAMPLES;
  }

  #attempt(sink: Sink, call: () => void): void {
    try {
      call();
    } catch (error) {
      sink.status.fail('packaging_failed', messageOf(error));
    }
  }
}

function leave({ rungs, hasSound, done }: Leaving): void {
  if (rungs.size === 0 && hasSound) done();
}

function sampleOfTick({ audio, frameRate }: Program, tick: number): number {
  return Math.round((tick * audio.sampleRate) / frameRate);
}
