/** One thing that somebody did: of each element how it was before and is since; undefined where it was not. */
export interface Step {
  readonly changes: readonly { readonly id: string; readonly before: unknown; readonly after: unknown }[];
}

export interface History {
  readonly done: readonly Step[];
  readonly undone: readonly Step[];
}

export const NOTHING_DONE: History = { done: [], undone: [] };

/** So many can be taken back. */
const MAX_STEPS = 100;

/** What was undone cannot be done again after something else. */
export function afterStep({ done }: History, step: Step): History {
  return { done: [...done, step].slice(-MAX_STEPS), undone: [] };
}

type Turn = readonly [history: History, drawings: readonly { readonly id: string; readonly data: unknown }[]];

/** The last thing done is taken back. What others have drawn stays. */
export function undo({ done, undone }: History): Turn {
  const step = done.at(-1);
  if (!step) return [{ done, undone }, []];
  const drawings = step.changes.map(({ id, before }) => ({ id, data: before }));
  return [{ done: done.slice(0, -1), undone: [...undone, step] }, drawings];
}

/** What was taken back last is done again. */
export function redo({ done, undone }: History): Turn {
  const step = undone.at(-1);
  if (!step) return [{ done, undone }, []];
  const drawings = step.changes.map(({ id, after }) => ({ id, data: after }));
  return [{ done: [...done, step], undone: undone.slice(0, -1) }, drawings];
}
