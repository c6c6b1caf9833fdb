import { expect, it } from 'vitest';
import { arrange, PICTURE_ALIGNMENT, type StageItem } from './arrange.ts';
import { type PictureLook, planPicture } from './plan-picture.ts';

const PEOPLE: readonly StageItem[] = ['ann', 'bob', 'cy'].map((id) => ({ id, kind: 'person' }));
const LOOK: PictureLook = {
  layout: 'grid',
  tileAspectRatio: '1:1',
  videoAspectRatio: '16:9',
  tileFit: 'fit',
  gap: 8,
  margin: null,
  standBy: false,
};

it('LY9: a plan stands where the stream does, and says where in a tile its picture is seen', () => {
  const { canvas, tiles } = planPicture(PEOPLE, LOOK);
  expect(canvas).toEqual({ width: 1280, height: 720 });
  const places = arrange(PEOPLE, canvas, { layout: 'grid', tileAspectRatio: '1:1', gap: 8, align: PICTURE_ALIGNMENT });
  expect(tiles).toMatchObject(places);
  for (const { picture, ...tile } of tiles) {
    expect(picture.width).toBeLessThanOrEqual(tile.width);
    expect(picture.height).toBeLessThan(tile.height * 0.6);
  }
  const [cropped] = planPicture(PEOPLE, { ...LOOK, tileFit: 'crop' }).tiles;
  expect(cropped).toMatchObject({ picture: { width: cropped!.width, height: cropped!.height } });
});

it('LY9: a plan has the shape, the margin and the one in front that were chosen', () => {
  const look: PictureLook = { ...LOOK, videoAspectRatio: '9:16', layout: 'single', margin: 40 };
  const { canvas, tiles } = planPicture(PEOPLE, look, 'bob');
  expect(canvas).toEqual({ width: 720, height: 1280 });
  expect(tiles).toMatchObject([{ id: 'bob', kind: 'person' }]);
  expect(tiles[0]!.x).toBeGreaterThanOrEqual(40);
});

it('LY9: in a break nobody has a place', () => {
  expect(planPicture(PEOPLE, { ...LOOK, standBy: true }).tiles).toEqual([]);
});
