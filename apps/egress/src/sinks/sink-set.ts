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
    this.#sinks.set(sink.id, sink);
    sink.status.onChange((state) => {
      if (state.phase === 'failed' && this.#sinks.get(sink.id) === sink) this.remove(sink.id);
      this.#onState(sink, state);
    });
    if (ready) {
      this.#waiting.add(sink);
      void ready.then((fromTick) => this.#handleReady(sink, fromTick));
    } else if (this.#program) this.#open(sink, this.#program);
  }

  get ids(): string[] {
    return [...this.#sinks.keys()];
  }

  /** Gives a sink nothing more; it ends what it has. The others do not notice. */
  finish(id: string): void {
    const sink = this.#sinks.get(id);
    if (!sink) return;
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

  /** The program begins, for all sinks that are there. */
  start(program: ProgramStart): void {
    this.#program = program;
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
    for (const { sink, firstTick } of [...this.#outlets.values()]) {
      if (picture.tick >= firstTick) this.#attempt(sink, () => sink.picture(rung, picture));
    }
  }

  /** A sink gets the newest sheet when it begins, too: so it is known from then on that there will be some. */
  thumbnails(sheet: ThumbnailSheet): void {
    if (this.#isOver) return;
    this.#sheet = sheet;
    for (const { sink } of [...this.#outlets.values()]) this.#attempt(sink, () => sink.thumbnails?.(sheet));
  }

  /** @param data the next AAC frame of the run, the encoder's priming included */
  audio(data: Uint8Array): void {
    const program = this.#program;
    if (!program || this.#isOver) return;
    const frame: AacFrame = { sample: this.#sampleOfFrame(program, this.#audioFrames++), data };
    if (this.#audioFrames * AAC_FRAME_SAMPLES <= program.primingSamples) return;
    for (const { sink, firstSample } of [...this.#outlets.values()]) {
      if (frame.sample >= firstSample) this.#attempt(sink, () => sink.audio(frame));
    }
  }

  /** Whether there is one that takes Opus. */
  get takesOpus(): boolean {
    return [...this.#sinks.values()].some((sink) => sink.takesOpus);
  }

  opus(frame: OpusFrame): void {
    if (this.#isOver) return;
    for (const { sink, firstSample } of [...this.#outlets.values()]) {
      if (frame.sample >= firstSample) this.#attempt(sink, () => sink.opus?.(frame));
    }
  }

  /** Nothing more comes; resolves when every sink has ended or failed. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...[...this.#sinks.values()].map((sink) => sink.end()), ...this.#ending.values()]);
  }

  close(): void {
    this.#isOver = true;
    for (const id of this.ids) this.remove(id);
    for (const sink of this.#ending.keys()) sink.close();
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

function sampleOfTick({ audio, frameRate }: Program, tick: number): number {
  return Math.round((tick * audio.sampleRate) / frameRate);
}
