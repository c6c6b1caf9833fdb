import type { ComposedOutput, Composition, EgressJobMessage, EgressOutput, VideoRung } from '@amphi/protocol';
import { RungDemand } from '../sinks/rungs-taken.ts';
import type { AacFrame, EncodedPicture, OpusFrame, Sink, SinkState, ThumbnailSheet } from '../sinks/sink.ts';
import { type ProgramStart, SinkSet } from '../sinks/sink-set.ts';

/** A picture of the stage, and who takes it. */
export interface JobPicture {
  /** Of an alternate. */
  readonly id: string | undefined;
  /** Largest first. */
  readonly rungs: readonly VideoRung[];
  readonly sinks: SinkSet;
  readonly demand: RungDemand;
  /** As it is drawn when the first picture is drawn so. */
  compositionOf(first: Composition): Composition;
}

/**
 * The pictures that a job makes of its stage, the first one first, and their outputs: each takes one picture, sound is the
 * same for all.
 */
export class JobPictures {
  readonly all: readonly JobPicture[];
  readonly #createSink: (output: ComposedOutput) => Sink;
  readonly #onUnknown: (output: EgressOutput) => void;

  constructor(
    { rungs, alternates = [] }: Pick<EgressJobMessage, 'rungs' | 'alternates'>,
    options: {
      readonly createSink: (output: ComposedOutput) => Sink;
      readonly onState: (sink: Sink, state: SinkState) => void;
      /** An output is of an alternate that the job does not have, or takes nothing that is composed. */
      readonly onUnknown: (output: EgressOutput) => void;
    },
  ) {
    const { onState } = options;
    this.#createSink = options.createSink;
    this.#onUnknown = options.onUnknown;
    this.all = [
      { id: undefined, rungs, compositionOf: (first: Composition) => first },
      ...alternates.map(({ id, layout, rungs: own }) => ({
        id,
        rungs: own,
        compositionOf: (first: Composition) => ({ ...first, layout }),
      })),
    ].map((picture) => ({ ...picture, sinks: new SinkSet({ onState }), demand: new RungDemand(picture.rungs) }));
  }

  /** Of the outputs that are there. */
  get ids(): string[] {
    return this.all.flatMap(({ sinks }) => sinks.ids);
  }

  get takesOpus(): boolean {
    return this.all.some(({ sinks }) => sinks.takesOpus);
  }

  /** Rungs that are taken, of all pictures. */
  get rungCount(): number {
    return this.all.reduce((sum, { demand }) => sum + demand.rungs.length, 0);
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
    makeRungs: (picture: number, rungs: readonly number[]) => Promise<number>,
  ): void {
    const wanted = new Set(outputs.map(({ id }) => id));
    const running = new Set(this.ids);
    for (const { sinks, demand } of this.all) {
      for (const id of sinks.ids.filter((one) => !wanted.has(one))) {
        sinks.finish(id);
        demand.remove(id);
      }
    }
    const known = this.#known(outputs);
    const added = known.filter(([, { id }]) => !running.has(id));
    for (const [{ sinks }, output] of known) {
      if (output.kind === 'recording' && running.has(output.id)) sinks.setPaused(output.id, output.isPaused);
    }
    for (const [{ demand }, output] of added) demand.add(output);
    this.all.forEach((picture, index) => {
      const ready = makeRungs(index, picture.demand.rungs);
      for (const [of, output] of added) if (of === picture) picture.sinks.add(this.#createSink(output), ready);
    });
  }

  /** An output has failed. @returns the place of the picture of which less is wanted now, if there is one */
  letGo(id: string): number | undefined {
    const place = this.all.findIndex(({ demand }) => demand.remove(id));
    return place < 0 ? undefined : place;
  }

  start(programs: readonly ProgramStart[]): void {
    this.all.forEach(({ sinks }, index) => {
      sinks.start(programs[index]!);
    });
  }

  picture(place: number, rung: number, picture: EncodedPicture): void {
    this.all[place]!.sinks.picture(rung, picture);
  }

  thumbnails(place: number, sheet: ThumbnailSheet): void {
    this.all[place]!.sinks.thumbnails(sheet);
  }

  audio(frame: AacFrame['data']): void {
    for (const { sinks } of this.all) sinks.audio(frame);
  }

  opus(frame: OpusFrame): void {
    for (const { sinks } of this.all) sinks.opus(frame);
  }

  /** Nothing more comes; resolves when every output has ended or failed. */
  async end(): Promise<void> {
    await Promise.all(this.all.map(({ sinks }) => sinks.end()));
  }

  close(): void {
    for (const { sinks } of this.all) sinks.close();
  }

  #known(outputs: readonly EgressOutput[]): [JobPicture, ComposedOutput][] {
    return outputs.flatMap((output): [JobPicture, ComposedOutput][] => {
      if (output.kind === 'tracks') {
        this.#onUnknown(output);
        return [];
      }
      const id = output.kind === 'hls' ? output.alternate : undefined;
      const picture = this.all.find((one) => one.id === id);
      if (!picture) this.#onUnknown(output);
      return picture ? [[picture, output]] : [];
    });
  }
}
