import type { StageTile } from './stage-items.ts';

/** More faces are too small to be made out. */
const MOST = 4;

/** Who and what a small window shows: the first shared screen of another, else who speaks and those after them. */
export function smallCast(tiles: readonly StageTile[], activeId: string | undefined): readonly StageTile[] {
  const screen = tiles.find(({ kind, isSelf }) => kind === 'screen' && !isSelf);
  if (screen) return [screen];
  const people = tiles.filter(({ kind }) => kind === 'person');
  const first = ({ id, isSelf }: StageTile): number => (id === activeId ? 0 : isSelf ? 2 : 1);
  // Sorting is stable: the others stay in the order of the stage.
  const shown = [...people].sort((a, b) => first(a) - first(b)).slice(0, MOST);
  return people.filter((person) => shown.includes(person));
}

/** The track that a picture alone shows: of a shared screen, else of who speaks, else of somebody. */
export function smallPicture(tiles: readonly StageTile[], activeId: string | undefined): string | undefined {
  const pictures = tiles.filter(({ isSelf, videoId }) => !isSelf && videoId !== undefined);
  const chosen =
    pictures.find(({ kind }) => kind === 'screen') ?? pictures.find(({ id }) => id === activeId) ?? pictures[0];
  return chosen?.videoId;
}
