import {
  type ArrangeOptions,
  arrange,
  between,
  eased,
  overlaps,
  PICTURE_ALIGNMENT,
  placePicture,
  type Rect,
  type StageItem,
  sameRect,
  type Tile,
  type TileFit,
} from '@amphi/layout';
import { fillPicture, type Picture, subPicture, type Yuv } from '../native/planes.ts';
import { Scaler } from '../native/scaler.ts';
import type { DecodedPicture } from '../native/video-decoder.ts';
import type { Lettering } from './drawing.ts';
import { type Letterer, Letters } from './letters.ts';
import { blend, type Overlay, yuvOf } from './overlay.ts';
import { RoundedCorners } from './rounded-corners.ts';

/** A shade behind a person without a camera, and beside a picture of another shape. */
const PLATE: Yuv = [48, 132, 126];

/** Corners of tiles that do not fill the picture. */
const CORNER_RADIUS = 8;

/** From the tile's edges to the label. */
const LABEL_INSET = 12;
/** Of the shorter side: the logo's box and its distance from the edges. */
const LOGO_SHARE = 0.12;
const LOGO_INSET_SHARE = 0.03;
const isTooSmall = (rect: Rect): boolean => rect.width < 96 || rect.height < 54;

/** A canvas that has to be painted anew. */
const NEVER = -1;

export interface CompositorItem extends StageItem {
  readonly name: string;
  readonly videoSourceId: string | undefined;
  readonly audioMuted: boolean;
}

/** Newest picture of a source that is due, or undefined before its first. Not closed before the next tick. */
export type PictureOf = (sourceId: string) => ShownPicture | undefined;

type ShownPicture = Pick<DecodedPicture, 'picture' | 'serial'>;

export type Corner = 'top_left' | 'top_right' | 'bottom_left' | 'bottom_right';

/** How a scene looks. Images are PNG or JPEG files as `data:` URLs: nothing is fetched for a picture. */
export interface SceneOptions
  extends Pick<ArrangeOptions, 'layout' | 'tileAspectRatio' | 'activeId' | 'gap' | 'margin'> {
  readonly tileFit?: TileFit;
  /** Name plates; initials are shown in any case. */
  readonly showNames?: boolean;
  /** `#rrggbb`. */
  readonly backgroundColor?: string;
  /** Covers the canvas. */
  readonly backgroundImage?: string;
  readonly logo?: { readonly image: string; readonly corner: Corner };
  /** Below the title while nobody is on stage. */
  readonly standByText?: string;
}

/** Dark blue grey. */
export const DEFAULT_BACKGROUND = '#0d1016';
export const DEFAULT_STAND_BY = 'Please stand by';

interface TileState {
  readonly item: CompositorItem;
  readonly rect: Tile;
  /** Lies over a tile that is drawn before it. */
  readonly isOver: boolean;
  /** Absent on tiles too small to be read. */
  readonly label: Lettering | undefined;
  readonly initials: Lettering;
}

/** What of a tile is there to be drawn; the one before stands until the next one comes. */
interface TileLetters {
  readonly label: Overlay | undefined;
  readonly initials: Overlay | undefined;
}

/**
 * Draws scenes into the canvases of a ring. Each canvas remembers what it shows, so a tile whose picture has not
 * changed since that canvas was last used is left alone. When places change, tiles move to them.
 */
export class Compositor implements Disposable {
  readonly #canvases: readonly Picture[];
  /** Per canvas: the layout it was painted for, and per tile the serial number of the picture it shows. */
  readonly #painted: { generation: number; readonly shown: Map<string, number> }[];
  readonly #scalers = new Map<string, Scaler>();
  readonly #letters: Letters;
  readonly #title: string;
  readonly #transitionMs: number;
  #corners: RoundedCorners;
  #background: Yuv;
  #options: SceneOptions | undefined;
  #generation = 0;
  #tiles: readonly TileState[] = [];
  #tileLetters = new Map<string, TileLetters>();
  #slate: Overlay | undefined;
  #backdrop: Overlay | undefined;
  #logo: { readonly overlay: Overlay; readonly rect: Rect } | undefined;
  /** Places that tiles come from, and when they left them; undefined when all are in theirs. */
  #move: { readonly from: ReadonlyMap<string, Rect>; since: number | undefined } | undefined;

  /**
   * @param options.canvases all of one size; the caller's memory
   * @param options.letterer draws texts; by default at once, which takes most of a second for the first emoji
   * @param options.transitionMs how long tiles are on their way to a new place; 0: they are there at once
   */
  constructor(options: {
    readonly canvases: readonly Picture[];
    readonly title: string;
    readonly letterer?: Letterer;
    readonly transitionMs?: number;
  }) {
    this.#canvases = options.canvases;
    this.#painted = options.canvases.map(() => ({ generation: NEVER, shown: new Map() }));
    this.#title = options.title;
    this.#letters = new Letters(options.letterer, () => this.#letter());
    this.#transitionMs = options.transitionMs ?? 0;
    this.#background = yuvOf(DEFAULT_BACKGROUND);
    this.#corners = new RoundedCorners(CORNER_RADIUS, this.#background);
  }

  /** What is drawn from the next `draw` on. Costs a millisecond: call it when something has changed. */
  setScene(items: readonly CompositorItem[], options: SceneOptions): void {
    const canvas = this.#canvases[0]!;
    const byId = new Map(items.map((item) => [item.id, item]));
    const tiles = arrange(items, canvas, { ...options, align: PICTURE_ALIGNMENT });
    const labelHeight = Math.round(Math.max(18, Math.min(canvas.width, canvas.height) / 24) / 2) * 2;
    const showNames = options.showNames ?? true;
    const before = new Map(this.#tiles.map((tile) => [tile.item.id, tile.rect]));
    this.#tiles = tiles.map((rect, index): TileState => {
      const item = byId.get(rect.id)!;
      return {
        item,
        rect,
        isOver: tiles.slice(0, index).some((other) => overlaps(other, rect)),
        label:
          !showNames || isTooSmall(rect)
            ? undefined
            : {
                kind: 'label',
                name: item.name,
                muted: item.audioMuted && item.kind === 'person',
                maxWidth: rect.width - 2 * LABEL_INSET,
                heightPx: labelHeight,
              },
        initials: { kind: 'initials', name: item.name, sizePx: Math.round(Math.min(rect.width, rect.height) * 0.42) },
      };
    });
    for (const [id, scaler] of this.#scalers) {
      if (byId.has(id)) continue;
      scaler.close();
      this.#scalers.delete(id);
    }
    const areMoved =
      before.size > 0 &&
      tiles.length > 0 &&
      (tiles.length !== before.size || tiles.some((tile) => !sameRect(before.get(tile.id) ?? NOWHERE, tile)));
    if (areMoved && this.#transitionMs > 0) this.#move = { from: before, since: undefined };
    else if (tiles.length === 0) this.#move = undefined;

    const background = yuvOf(options.backgroundColor ?? DEFAULT_BACKGROUND);
    if (background.some((value, plane) => value !== this.#background[plane])) {
      this.#background = background;
      this.#corners = new RoundedCorners(CORNER_RADIUS, background);
    }
    this.#options = options;
    this.#letter();
    this.#generation++;
  }

  /** Whether tiles were on their way in the last picture. */
  get isMoving(): boolean {
    return this.#move !== undefined;
  }

  /** Tiles as they are drawn when they are in their places. */
  get tiles(): readonly Tile[] {
    return this.#tiles.map((tile) => tile.rect);
  }

  /**
   * Brings a canvas up to date.
   * @param now milliseconds of the clock by which tiles move
   * @returns the number of tiles that were drawn
   */
  draw(canvasIndex: number, pictureOf: PictureOf, now = 0): number {
    const canvas = this.#canvases[canvasIndex]!;
    const painted = this.#painted[canvasIndex]!;
    const share = this.#shareOfWay(now);
    if (share < 1 || painted.generation !== this.#generation) {
      painted.generation = share < 1 ? NEVER : this.#generation;
      painted.shown.clear();
      this.#drawBackground(canvas);
    }
    const redrawn: Rect[] = [];
    for (const tile of this.#tiles) {
      const { id, videoSourceId } = tile.item;
      const decoded = videoSourceId === undefined ? undefined : pictureOf(videoSourceId);
      const serial = decoded?.serial ?? 0;
      const rect =
        share < 1 ? between(this.#move?.from.get(id), tile.rect, share, canvas, PICTURE_ALIGNMENT) : tile.rect;
      const isCovered = tile.isOver && redrawn.some((other) => overlaps(other, rect));
      if (!isCovered && painted.shown.get(id) === serial) continue;
      painted.shown.set(id, serial);
      this.#drawTile(canvas, tile, rect, decoded);
      redrawn.push(rect);
    }
    return redrawn.length;
  }

  close(): void {
    for (const scaler of this.#scalers.values()) scaler.close();
    this.#scalers.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** 1 when all tiles are in their places. The way begins with the first picture that shows it. */
  #shareOfWay(now: number): number {
    if (!this.#move) return 1;
    this.#move.since ??= now;
    const share = eased((now - this.#move.since) / this.#transitionMs);
    if (share >= 1) this.#move = undefined;
    return share;
  }

  /** Asks for all texts and images of the scene; those that have come since are drawn with the next picture. */
  #letter(): void {
    const canvas = this.#canvases[0]!;
    const { backgroundImage, logo, standByText } = this.#options ?? {};
    const letters = new Map<string, TileLetters>();
    for (const { item, label, initials } of this.#tiles) {
      const before = this.#tileLetters.get(item.id);
      const now: TileLetters = {
        label: label && (this.#letters.get(label) ?? before?.label),
        initials: this.#letters.get(initials) ?? before?.initials,
      };
      letters.set(item.id, now);
      if (now.label === before?.label && now.initials === before?.initials) continue;
      for (const painted of this.#painted) painted.shown.delete(item.id);
    }
    this.#tileLetters = letters;

    const { width, height } = canvas;
    const slate = this.#letters.get({
      kind: 'slate',
      title: this.#title,
      text: standByText ?? DEFAULT_STAND_BY,
      width,
      height,
    });
    const backdrop =
      backgroundImage === undefined
        ? undefined
        : this.#letters.get({ kind: 'image', data: backgroundImage, width, height, fit: 'cover' });
    const boxHeight = even(Math.min(width, height) * LOGO_SHARE);
    const mark =
      logo &&
      this.#letters.get({ kind: 'image', data: logo.image, width: 2 * boxHeight, height: boxHeight, fit: 'contain' });
    if (slate !== this.#slate || backdrop !== this.#backdrop || mark !== this.#logo?.overlay) this.#generation++;
    this.#slate = slate;
    this.#backdrop = backdrop;
    this.#logo = mark && logo && { overlay: mark, rect: inCorner(canvas, mark, logo.corner) };
  }

  #drawBackground(canvas: Picture): void {
    fillPicture(canvas, this.#background);
    if (this.#backdrop) blend(canvas, this.#backdrop, 0, 0);
    if (this.#tiles.length === 0 && this.#slate) {
      blend(
        canvas,
        this.#slate,
        even((canvas.width - this.#slate.width) / 2),
        even((canvas.height - this.#slate.height) / 2),
      );
    }
    if (this.#logo) blend(canvas, this.#logo.overlay, this.#logo.rect.x, this.#logo.rect.y);
  }

  #drawTile(canvas: Picture, tile: TileState, rect: Rect, decoded: ShownPicture | undefined): void {
    const letters = this.#tileLetters.get(tile.item.id);
    if (decoded) this.#drawVideo(canvas, tile.item, rect, decoded.picture);
    else drawPlate(canvas, rect, letters?.initials);
    const fillsCanvas = rect.width === canvas.width && rect.height === canvas.height;
    // Corners are covered with the background's colour: over another tile or an image that would be seen.
    if (!fillsCanvas && !tile.isOver && !this.#backdrop && !this.#move) this.#corners.cut(canvas, rect);
    const label = letters?.label;
    // A label is as wide as the tile's place allows; on the way there the tile may be smaller.
    if (label && label.width + 2 * LABEL_INSET <= rect.width && label.height + 2 * LABEL_INSET <= rect.height)
      blend(canvas, label, rect.x + LABEL_INSET, rect.y + rect.height - label.height - LABEL_INSET);
    // Only over this tile: over its neighbours it is already, and would grow heavier with each picture.
    if (this.#logo && overlaps(this.#logo.rect, rect))
      blend(canvas, this.#logo.overlay, this.#logo.rect.x, this.#logo.rect.y, rect);
  }

  #drawVideo(canvas: Picture, item: CompositorItem, rect: Rect, source: Picture): void {
    let scaler = this.#scalers.get(item.id);
    if (!scaler) {
      scaler = new Scaler();
      this.#scalers.set(item.id, scaler);
    }
    const fit = this.#options?.tileFit ?? 'auto';
    const { from, to } = placePicture(rect, source, { kind: item.kind, fit, align: PICTURE_ALIGNMENT });
    // The source may have had another shape in this canvas.
    if (!sameRect(to, rect)) fillPicture(subPicture(canvas, rect.x, rect.y, rect.width, rect.height), PLATE);
    if (to.width === 0 || to.height === 0) return;
    const isWhole = from.width === source.width && from.height === source.height;
    scaler.scale(
      isWhole ? source : subPicture(source, from.x, from.y, from.width, from.height),
      subPicture(canvas, to.x, to.y, to.width, to.height),
    );
  }
}

const NOWHERE: Rect = { x: 0, y: 0, width: 0, height: 0 };

function drawPlate(canvas: Picture, rect: Rect, initials: Overlay | undefined): void {
  fillPicture(subPicture(canvas, rect.x, rect.y, rect.width, rect.height), PLATE);
  if (!initials || initials.width > rect.width || initials.height > rect.height) return;
  blend(
    canvas,
    initials,
    even(rect.x + (rect.width - initials.width) / 2),
    even(rect.y + (rect.height - initials.height) / 2),
  );
}

function inCorner(canvas: Picture, { width, height }: Overlay, corner: Corner): Rect {
  const margin = even(Math.min(canvas.width, canvas.height) * LOGO_INSET_SHARE);
  return {
    x: corner.endsWith('left') ? margin : canvas.width - margin - width,
    y: corner.startsWith('top') ? margin : canvas.height - margin - height,
    width,
    height,
  };
}

const even = (value: number): number => Math.floor(value / 2) * 2;
