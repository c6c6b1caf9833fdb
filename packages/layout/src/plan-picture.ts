import { type ArrangeOptions, arrange, PICTURE_ALIGNMENT, type StageItem, type Tile } from './arrange.ts';
import type { AspectRatio, Rect, Size } from './geometry.ts';
import { placePicture, type TileFit } from './picture-place.ts';

/** Of a composition, what places things in its picture. */
export interface PictureLook extends Pick<ArrangeOptions, 'layout' | 'tileAspectRatio' | 'gap'> {
  readonly videoAspectRatio: AspectRatio;
  readonly tileFit: TileFit;
  /** Null: the gap, and none around one that stands alone. */
  readonly margin: number | null;
  /** The slate stands in place of the stage. */
  readonly standBy: boolean;
}

export interface PlannedTile extends Tile {
  readonly kind: StageItem['kind'];
  /** Where in it its camera or screen would be seen, at 16:9. */
  readonly picture: Rect;
}

/** Pictures with 720 lines on the shorter side. */
const CANVASES: Readonly<Record<AspectRatio, Size>> = {
  '16:9': { width: 1280, height: 720 },
  '4:3': { width: 960, height: 720 },
  '1:1': { width: 720, height: 720 },
  '3:4': { width: 720, height: 960 },
  '9:16': { width: 720, height: 1280 },
};

const USUAL_SOURCE: Size = { width: 1280, height: 720 };

/** What a stream of these would look like, by the rules that draw it: for whoever chooses how. Pixels of `canvas`. */
export function planPicture(
  items: readonly StageItem[],
  look: PictureLook,
  activeId?: string,
): { readonly canvas: Size; readonly tiles: readonly PlannedTile[] } {
  const canvas = CANVASES[look.videoAspectRatio];
  const kinds = new Map(items.map(({ id, kind }) => [id, kind]));
  const tiles = arrange(look.standBy ? [] : items, canvas, {
    layout: look.layout,
    tileAspectRatio: look.tileAspectRatio,
    gap: look.gap,
    ...(look.margin !== null && { margin: look.margin }),
    align: PICTURE_ALIGNMENT,
    ...(activeId !== undefined && { activeId }),
  });
  const planned = tiles.map((tile): PlannedTile => {
    const kind = kinds.get(tile.id) ?? 'person';
    const { to } = placePicture(tile, USUAL_SOURCE, { kind, fit: look.tileFit, align: PICTURE_ALIGNMENT });
    return { ...tile, kind, picture: to };
  });
  return { canvas, tiles: planned };
}
