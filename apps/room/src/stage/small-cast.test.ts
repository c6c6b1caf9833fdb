import { expect, it } from 'vitest';
import { smallCast, smallPicture } from './small-cast.ts';
import type { StageTile } from './stage-items.ts';

const person = (id: string, change: Partial<StageTile> = {}): StageTile =>
  ({
    ...{ kind: 'person', id, peerId: id, name: id, isSelf: false, isMuted: false, videoId: `${id}-v`, hasVideo: true },
    ...{ isDegraded: false, isUnplayable: false, isHeldBack: false },
    ...change,
  }) as StageTile;
const screenOf = (id: string, isSelf = false): StageTile =>
  ({
    ...{ kind: 'screen', id: `${id}/s`, peerId: id, name: id, isSelf, videoId: `${id}-s`, isHeldBack: false },
  }) as const;
const ids = (tiles: readonly StageTile[]): string[] => tiles.map(({ id }) => id);

it('STG12: a small window has a few faces, that of who speaks among them, the own last, in the order of the stage', () => {
  const me = person('me', { isSelf: true, videoId: undefined });
  const others = ['a', 'b', 'c', 'd', 'e'].map((id) => person(id));
  expect(ids(smallCast([me, ...others], undefined))).toEqual(['a', 'b', 'c', 'd']);
  expect(ids(smallCast([me, ...others], 'e'))).toEqual(['a', 'b', 'c', 'e']);
  expect(ids(smallCast([me, others[0]!], 'a'))).toEqual(['me', 'a']);
  expect(smallCast([], 'a')).toEqual([]);
});

it('STG12: it shows a shared screen alone, but not the own', () => {
  const stage = [person('a'), person('b'), screenOf('a', true), screenOf('b')];
  expect(ids(smallCast(stage, 'a'))).toEqual(['b/s']);
  expect(ids(smallCast(stage.slice(0, 3), 'a'))).toEqual(['a', 'b']);
});

it('STG12: where there is room for one picture, it is that of a screen, of who speaks, or of somebody', () => {
  const dark = person('c', { videoId: undefined });
  expect(smallPicture([person('a'), person('b'), screenOf('b')], 'a')).toBe('b-s');
  expect(smallPicture([person('a'), person('b'), dark], 'b')).toBe('b-v');
  expect(smallPicture([person('a'), person('b'), dark], 'c')).toBe('a-v');
  expect(smallPicture([person('me', { isSelf: true }), dark], 'me')).toBeUndefined();
});
