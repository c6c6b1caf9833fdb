import type { ComposedOutput, VideoRung } from '@amphi/protocol';

/** Whose thread makes the thumbnails: that of the smallest pictures has the most time left, unless it encodes AV1. By its place. */
export function thumbnailRung(rungs: readonly VideoRung[]): number {
  return rungs.findLastIndex(({ codec }) => codec === undefined);
}

/** What an output takes of a program's rungs, by their place; rising. The others need not be encoded for it. */
export function rungsTaken(output: ComposedOutput, rungs: readonly VideoRung[]): number[] {
  const all = rungs.map((_, place) => place);
  if (output.kind === 'hls') return all;
  const ids = output.kind === 'recording' ? output.rungs : [output.rung];
  const hasThumbnails = output.kind === 'recording' && output.forms.includes('vod');
  return all.filter((place) => ids.includes(rungs[place]!.id) || (hasThumbnails && place === thumbnailRung(rungs)));
}

/** Of all outputs of a process. */
export class RungDemand {
  readonly #rungs: readonly VideoRung[];
  readonly #taken = new Map<string, readonly number[]>();

  /** @param rungs of the program, largest first */
  constructor(rungs: readonly VideoRung[]) {
    this.#rungs = rungs;
  }

  /** All that are taken, by their place; rising. */
  get rungs(): number[] {
    return [...new Set([...this.#taken.values()].flat())].sort((a, b) => a - b);
  }

  add(output: ComposedOutput): void {
    this.#taken.set(output.id, rungsTaken(output, this.#rungs));
  }

  /** @returns whether it was there */
  remove(id: string): boolean {
    return this.#taken.delete(id);
  }
}
