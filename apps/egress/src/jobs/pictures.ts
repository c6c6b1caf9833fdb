import { isDeepStrictEqual } from 'node:util';
import type {
  ComposedOutput,
  Composition,
  EgressJobMessage,
  EgressOutput,
  LayoutName,
  VideoRung,
} from '@amphi/protocol';
import { RungDemand, rungsTaken } from '../sinks/rungs-taken.ts';
import type { AacFrame, EncodedPicture, OpusFrame, Sink, SinkState, ThumbnailSheet } from '../sinks/sink.ts';
import { type ProgramStart, SinkSet } from '../sinks/sink-set.ts';

/** What a job wants drawn of its stage. */
export interface WantedPicture {
  /** Of an alternate. */
  readonly id: string | undefined;
  /** Largest first. */
  readonly rungs: readonly VideoRung[];
  /** Undefined: that of the first picture. */
  readonly layout: LayoutName | undefined;
}

/** A picture of the stage, and who takes it. */
export interface JobPicture extends Omit<WantedPicture, 'id'> {
  /** Its number in the engine. */
  readonly canvas: number;
  readonly sinks: SinkSet;
  readonly demand: RungDemand;
  /** As it is drawn when the first picture is drawn so. */
  compositionOf(first: Composition): Composition;
}

/** The first one first. */
export function picturesWanted({
  rungs,
  alternates = [],
}: Pick<EgressJobMessage, 'rungs' | 'alternates'>): WantedPicture[] {
  const further = alternates.map(({ id, rungs: own, layout }) => ({ id, rungs: own, layout }));
  return [{ id: undefined, rungs, layout: undefined }, ...further];
}

/**
 * The pictures that a job makes of its stage and their outputs: each takes one picture, sound is the same for all. What two
 * names want alike is one picture.
 */
export class JobPictures {
  readonly #createSink: (output: ComposedOutput) => Sink;
  readonly #onUnknown: (output: EgressOutput) => void;
  readonly #onState: (sink: Sink, state: SinkState) => void;
  #all: readonly JobPicture[] = [];
  /** By id, undefined for the first. */
  #named: ReadonlyMap<string | undefined, JobPicture> = new Map();

  constructor(
    job: Pick<EgressJobMessage, 'rungs' | 'alternates'>,
    options: {
      readonly createSink: (output: ComposedOutput) => Sink;
      readonly onState: (sink: Sink, state: SinkState) => void;
      /** An output is of an alternate that the job does not have, or takes nothing that is composed. */
      readonly onUnknown: (output: EgressOutput) => void;
    },
  ) {
    this.#createSink = options.createSink;
    this.#onUnknown = options.onUnknown;
    this.#onState = options.onState;
    const wanted = picturesWanted(job);
    for (const picture of this.missing(wanted)) this.#append(picture, this.#all.length);
    this.name(wanted);
  }

  /** In the order in which they came. */
  get all(): readonly JobPicture[] {
    return this.#all;
  }

  /** Ids of further pictures. */
  get names(): string[] {
    return [...this.#named.keys()].filter((id) => id !== undefined);
  }

  /** Those of the wanted ones that are not made so far, each once. */
  missing(wanted: readonly WantedPicture[]): WantedPicture[] {
    return wanted.filter(
      (one, index) => !this.#like(one) && !wanted.slice(0, index).some((before) => isAlike(before, one)),
    );
  }

  /** One more, which the engine makes by now. */
  add(wanted: WantedPicture, { canvas, program }: { readonly canvas: number; readonly program: ProgramStart }): void {
    const soundFrames = this.#all[0]?.sinks.soundFrames;
    this.#append(wanted, canvas).sinks.start(program, soundFrames);
  }

  /** What is called what from now on. All of them are there. */
  name(wanted: readonly WantedPicture[]): void {
    this.#named = new Map(wanted.map((one) => [one.id, this.#like(one)!]));
  }

  /**
   * Outputs that can be of another size in their middle go over to the picture that they are of by name.
   * @returns resolves when all have, and all that was left for them has come
   */
  async move(
    outputs: readonly EgressOutput[],
    makeRungs: (picture: JobPicture, rungs: readonly number[]) => Promise<number>,
  ): Promise<void> {
    const moves = this.#known(outputs).flatMap(([to, output]) => {
      const from = this.#all.find(({ sinks }) => sinks.ids.includes(output.id));
      if (!from || from === to || (output.kind !== 'hls' && output.kind !== 'whep')) return [];
      to.demand.add(output);
      return [{ from, to, output }];
    });
    const ready = new Map([...new Set(moves.map(({ to }) => to))].map((to) => [to, makeRungs(to, to.demand.rungs)]));
    await Promise.all(
      moves.map(async ({ from, to, output }) => {
        const rungs = rungsTaken(output, from.rungs);
        await from.sinks.move(output.id, to.sinks, { rungs, ready: ready.get(to)! });
        from.demand.remove(output.id);
      }),
    );
  }

  /** Lets go of those that were kept for outputs that are over. @returns numbers of their canvases */
  prune(): number[] {
    const first = this.#named.get(undefined);
    const isNeeded = (picture: JobPicture): boolean =>
      picture === first || picture.layout !== undefined || picture.demand.rungs.length > 0;
    const gone = this.#all.filter((picture) => !isNeeded(picture));
    this.#all = this.#all.filter(isNeeded);
    return gone.map(({ canvas }) => canvas);
  }

  /** Of the outputs that are there. */
  get ids(): string[] {
    return this.all.flatMap(({ sinks }) => sinks.ids);
  }

  get takesOpus(): boolean {
    return this.#all.some(({ sinks }) => sinks.takesOpus);
  }

  /** Rungs that are taken, of all pictures. */
  get rungCount(): number {
    return this.#all.reduce((sum, { demand }) => sum + demand.rungs.length, 0);
  }

  /** Outputs that are there from the beginning on. */
  begin(outputs: readonly EgressOutput[]): void {
    for (const [picture, output] of this.#known(outputs)) {
      picture.demand.add(output);
      picture.sinks.add(this.#createSink(output));
    }
  }

  /**
   * From now on these outputs are wanted, in these states, and no others; one that failed begins anew.
   * @param makeRungs has rungs of a picture encoded; resolves with the tick from which on they are there
   */
  set(
    outputs: readonly EgressOutput[],
    makeRungs: (picture: JobPicture, rungs: readonly number[]) => Promise<number>,
  ): void {
    const wanted = new Set(outputs.map(({ id }) => id));
    const running = new Set(this.ids);
    for (const { sinks, demand } of this.#all) {
      for (const id of sinks.ids.filter((one) => !wanted.has(one))) {
        sinks.finish(id);
        demand.remove(id);
      }
    }
    const known = this.#known(outputs);
    const added = known.filter(([, { id }]) => !running.has(id));
    for (const [, output] of known) {
      if (output.kind !== 'recording' || !running.has(output.id)) continue;
      for (const { sinks } of this.#all) sinks.setPaused(output.id, output.isPaused);
    }
    for (const [{ demand }, output] of added) demand.add(output);
    for (const picture of this.#all) {
      const ready = makeRungs(picture, picture.demand.rungs);
      for (const [of, output] of added) if (of === picture) picture.sinks.add(this.#createSink(output), ready);
    }
  }

  /** An output has failed. @returns the picture of which less is wanted now, if there is one */
  letGo(id: string): JobPicture | undefined {
    // It may be on its way from one to another.
    return this.#all.filter(({ demand }) => demand.remove(id)).at(-1);
  }

  /** @param programs of the pictures that the job began with */
  start(programs: readonly ProgramStart[]): void {
    this.#all.forEach(({ sinks }, index) => {
      sinks.start(programs[index]!);
    });
  }

  picture(canvas: number, rung: number, picture: EncodedPicture): void {
    this.#of(canvas)?.sinks.picture(rung, picture);
  }

  thumbnails(canvas: number, sheet: ThumbnailSheet): void {
    this.#of(canvas)?.sinks.thumbnails(sheet);
  }

  audio(frame: AacFrame['data']): void {
    for (const { sinks } of this.#all) sinks.audio(frame);
  }

  opus(frame: OpusFrame): void {
    for (const { sinks } of this.#all) sinks.opus(frame);
  }

  /** Nothing more comes; resolves when every output has ended or failed. */
  async end(): Promise<void> {
    await Promise.all(this.#all.map(({ sinks }) => sinks.end()));
  }

  close(): void {
    for (const { sinks } of this.#all) sinks.close();
  }

  #append({ rungs, layout }: WantedPicture, canvas: number): JobPicture {
    const picture: JobPicture = {
      canvas,
      rungs,
      layout,
      sinks: new SinkSet({ onState: this.#onState }),
      demand: new RungDemand(rungs),
      compositionOf: (first) => (layout === undefined ? first : { ...first, layout }),
    };
    this.#all = [...this.#all, picture];
    return picture;
  }

  #of(canvas: number): JobPicture | undefined {
    return this.#all.find((picture) => picture.canvas === canvas);
  }

  #like(wanted: WantedPicture): JobPicture | undefined {
    return this.#all.find((picture) => isAlike(picture, wanted));
  }

  #known(outputs: readonly EgressOutput[]): [JobPicture, ComposedOutput][] {
    return outputs.flatMap((output): [JobPicture, ComposedOutput][] => {
      if (output.kind === 'tracks') {
        this.#onUnknown(output);
        return [];
      }
      const picture = this.#named.get('alternate' in output ? output.alternate : undefined);
      if (!picture) this.#onUnknown(output);
      return picture ? [[picture, output]] : [];
    });
  }
}

function isAlike(a: Pick<WantedPicture, 'rungs' | 'layout'>, b: Pick<WantedPicture, 'rungs' | 'layout'>): boolean {
  return a.layout === b.layout && isDeepStrictEqual(a.rungs, b.rungs);
}
