import { AAC_FRAME_SAMPLES, type AacFrame, type EncodedPicture, type Program } from '../sink.ts';

/** What takes are counted by. */
export type ProgramTimes = Pick<Program, 'audio' | 'frameRate' | 'framesPerPart' | 'partsPerSegment' | 'firstTick'>;

/** A stretch of a program that is kept. */
interface Take {
  /** Of its first picture, a keyframe in all rungs. */
  readonly firstTick: number;
  /** Of the first picture that is not kept any more; undefined until somebody pauses. */
  endTick: number | undefined;
  /** By which its ticks become less: all that was left out since the first take. */
  readonly cutTicks: number;
  hasBegun: boolean;
}

/** Where a take begins, on both time lines. */
export interface TakeStart {
  readonly programTick: number;
  readonly keptTick: number;
}

/** One lags behind another by a few pictures: never by more than a take. */
const TAKES_IN_HAND = 2;

/**
 * What is kept of a program that is paused now and then, at the times at which it is kept: what is left out is cut out of the
 * time line. A pause begins with the next part, so that none is kept by halves. Going on begins with the next segment: that
 * has a keyframe, and none is asked for out of turn, as other outputs get the same pictures. Sound follows without a hole;
 * its frames do not end where pictures do, so that at a cut the frame nearest to its picture is taken, half a frame off at most.
 */
export class Takes {
  readonly #program: ProgramTimes;
  readonly #onTake: (start: TakeStart) => void;
  readonly #onRest: (endTick: number) => void;
  readonly #takes: Take[] = [];
  /** By the rung's place, of those that are kept: tick of its newest picture. */
  readonly #newest: Map<number, number>;
  /** Where the sound of the program ends by now. */
  #programSample: number;
  /** Where what was kept of it ends. */
  #keptSample: number | undefined;
  #isResting: boolean;

  /**
   * @param options.rungs that are kept, by their place
   * @param options.onTake comes before the first picture or sound of each stretch that is kept
   * @param options.onRest all that was to be kept before a pause has been given; with the kept tick after it
   */
  constructor(options: {
    readonly program: ProgramTimes;
    readonly rungs: readonly number[];
    readonly isPaused: boolean;
    readonly onTake: (start: TakeStart) => void;
    readonly onRest: (endTick: number) => void;
  }) {
    const { program, rungs, isPaused, onTake, onRest } = options;
    this.#program = program;
    this.#onTake = onTake;
    this.#onRest = onRest;
    this.#newest = new Map(rungs.map((rung) => [rung, program.firstTick - 1]));
    this.#programSample = this.#sampleOf(program.firstTick);
    this.#isResting = isPaused;
    if (!isPaused) this.#takes.push({ ...NEW_TAKE, firstTick: program.firstTick, cutTicks: 0 });
  }

  /** Keeps nothing behind the part in hand. */
  pause(): void {
    const last = this.#takes.at(-1);
    if (!last || last.endTick !== undefined) return;
    const next = this.#nextMultiple(this.#program.framesPerPart);
    if (last.firstTick >= next) this.#takes.pop();
    else last.endTick = next;
  }

  /** Keeps what comes from the next segment on. */
  resume(): void {
    const { framesPerPart, partsPerSegment } = this.#program;
    const last = this.#takes.at(-1);
    if (last && last.endTick === undefined) return;
    const firstTick = this.#nextMultiple(framesPerPart * partsPerSegment);
    const cutTicks = last?.endTick === undefined ? 0 : firstTick - last.endTick + last.cutTicks;
    this.#takes.push({ ...NEW_TAKE, firstTick, cutTicks });
    if (this.#takes.length > TAKES_IN_HAND) this.#takes.shift();
  }

  /** @returns the picture at its place among what is kept; undefined when it, or its rung, is left out */
  picture(rung: number, picture: EncodedPicture): EncodedPicture | undefined {
    // Others may take rungs that are not kept here; nobody may, and they are not made (EG43).
    if (!this.#newest.has(rung)) return undefined;
    const { tick } = picture;
    this.#newest.set(rung, tick);
    const take = this.#takes.find(
      ({ firstTick, endTick = Number.POSITIVE_INFINITY }) => tick >= firstTick && tick < endTick,
    );
    if (take) this.#begin(take);
    else this.#restWhenDone();
    return take && { ...picture, tick: tick - take.cutTicks };
  }

  /** @returns the frame at its place among what is kept; undefined when it is left out */
  audio(frame: AacFrame): AacFrame | undefined {
    this.#programSample = frame.sample + AAC_FRAME_SAMPLES;
    const take = this.#takes.find((each) => !this.#hasSoundOf(each));
    if (!take || frame.sample < this.#soundFrom(take)) {
      this.#restWhenDone();
      return undefined;
    }
    this.#begin(take);
    const sample = this.#keptSample ?? frame.sample;
    this.#keptSample = sample + AAC_FRAME_SAMPLES;
    return { ...frame, sample };
  }

  #begin(take: Take): void {
    if (take.hasBegun) return;
    take.hasBegun = true;
    this.#isResting = false;
    this.#onTake({ programTick: take.firstTick, keptTick: take.firstTick - take.cutTicks });
  }

  /** With the first picture or sound that is left out: by then what was returned has been taken. */
  #restWhenDone(): void {
    const last = this.#takes.findLast(({ hasBegun }) => hasBegun);
    if (this.#isResting || last?.endTick === undefined) return;
    const { endTick, cutTicks } = last;
    if (!this.#hasSoundOf(last) || [...this.#newest.values()].some((tick) => tick < endTick)) return;
    this.#isResting = true;
    this.#onRest(endTick - cutTicks);
  }

  /** Whether the sound that was kept reaches the end of the take. */
  #hasSoundOf({ endTick, cutTicks }: Take): boolean {
    return endTick !== undefined && (this.#keptSample ?? 0) >= this.#sampleOf(endTick - cutTicks);
  }

  /** First sample of the program from which on sound belongs to the take. */
  #soundFrom({ firstTick, cutTicks }: Take): number {
    const first = this.#sampleOf(firstTick);
    if (this.#keptSample === undefined) return first;
    const over = this.#keptSample - this.#sampleOf(firstTick - cutTicks);
    return first + over - AAC_FRAME_SAMPLES / 2;
  }

  /** First tick, a multiple of so many, of which nothing has been made yet. */
  #nextMultiple(ticks: number): number {
    const { frameRate, audio } = this.#program;
    const audioTick = Math.floor((this.#programSample * frameRate) / audio.sampleRate);
    return (Math.floor(Math.max(audioTick, ...this.#newest.values()) / ticks) + 1) * ticks;
  }

  #sampleOf(tick: number): number {
    return Math.round((tick * this.#program.audio.sampleRate) / this.#program.frameRate);
  }
}

const NEW_TAKE = { endTick: undefined, hasBegun: false };
