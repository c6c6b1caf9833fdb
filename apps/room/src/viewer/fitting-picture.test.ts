import { describe, expect, it } from 'vitest';
import { fittingPicture } from './fitting-picture.ts';

const wide = { url: '/wide', ratio: 16 / 9 };
const tall = { url: '/tall', ratio: 9 / 16 };
const square = { url: '/square', ratio: 1 };
const of = (isUpright: boolean, ...shapes: { readonly url: string; readonly ratio: number }[]) =>
  fittingPicture({ url: shapes[0]?.url ?? '/only', shapes: shapes.length > 1 ? shapes : [] }, { isUpright });

describe('the picture of a stream that fits the window', () => {
  it('STR26: is the upright one on a phone that is held upright, whichever comes first', () => {
    expect([of(true, wide, tall), of(true, tall, wide)]).toEqual(['/tall', '/tall']);
    expect([of(false, wide, tall), of(false, tall, wide)]).toEqual(['/wide', '/wide']);
    expect([of(true, wide, square), of(false, tall, square)]).toEqual(['/square', '/square']);
  });

  it('STR26: is the only one of a stream that has one', () => {
    expect([of(true, wide), of(false), of(true)]).toEqual(['/wide', '/only', '/only']);
    expect(fittingPicture({ url: undefined, shapes: [] }, { isUpright: true })).toBeUndefined();
  });
});
