import {
  type ArrangeOptions,
  arrange,
  PICTURE_ALIGNMENT,
  placePicture,
  type Rect,
  type StageItem,
  sameRect,
  type Tile,
} from '@amphi/layout';
import { fillPicture, type Picture, subPicture, type Yuv } from '../native/planes.ts';
import { Scaler } from '../native/scaler.ts';
import type { DecodedPicture } from '../native/video-decoder.ts';
import { drawInitials, drawLabel, drawSlate } from './drawing.ts';
import { blend, type Overlay } from './overlay.ts';
import { RoundedCorners } from './rounded-corners.ts';

/** Dark blue grey behind everything, and a shade lighter behind a person without a camera. */
const BACKGROUND: Yuv = [30, 131, 126];
const PLATE: Yuv = [48, 132, 126];

/** Corners of tiles that do not fill the picture. */
const CORNER_RADIUS = 8;

/** From the tile's edges to the label. */
const LABEL_INSET = 12;
const isTooSmall = (rect: Rect): boolean => rect.width < 96 || rect.height < 54;

export interface CompositorItem extends StageItem {
  readonly name: string;
  readonly videoSourceId: string | undefined;
  readonly audioMuted: boolean;
}

/** Newest picture of a source that is due, or undefined before its first. Not closed before the next tick. */
export type PictureOf = (sourceId: string) => DecodedPicture | undefined;

interface TileState {
  readonly item: CompositorItem;
  readonly rect: Tile;
  /** Absent on tiles too small to be read. */
  readonly label: Overlay | undefined;
  readonly initials: Overlay;
}

/**
 * Draws scenes into the canvases of a ring. Each canvas remembers what it shows, so a tile whose picture has not
 * changed since that canvas was last used is left alone.
 */
export class Compositor implements Disposable {
  readonly #canvases: readonly Picture[];
  /** Per canvas: the layout it was painted for, and per tile the serial number of the picture it shows. */
  readonly #painted: { generation: number; readonly shown: Map<string, number> }[];
  readonly #scalers = new Map<string, Scaler>();
  readonly #corners = new RoundedCorners(CORNER_RADIUS, BACKGROUND);
  readonly #title: string;
  #generation = 0;
  #tiles: readonly TileState[] = [];
  #slate: Overlay | undefined;

  /** @param options.canvases all of one size; the caller's memory */
  constructor(options: { readonly canvases: readonly Picture[]; readonly title: string }) {
    this.#canvases = options.canvases;
    this.#painted = options.canvases.map(() => ({ generation: -1, shown: new Map() }));
    this.#title = options.title;
  }

  /** What is drawn from the next `draw` on. Costs milliseconds: call it when something has changed. */
  setScene(
    items: readonly CompositorItem[],
    options: Pick<ArrangeOptions, 'layout' | 'tileAspectRatio' | 'activeId' | 'gap'>,
  ): void {
    const canvas = this.#canvases[0]!;
    const byId = new Map(items.map((item) => [item.id, item]));
    const old = new Map(this.#tiles.map((tile) => [tile.item.id, tile]));
    const tiles = arrange(items, canvas, { ...options, align: PICTURE_ALIGNMENT });
    const labelHeight = Math.round(Math.max(18, Math.min(canvas.width, canvas.height) / 24) / 2) * 2;
    this.#tiles = tiles.map((rect): TileState => {
      const item = byId.get(rect.id)!;
      const before = old.get(rect.id);
      const sameLook = before && sameRect(before.rect, rect) && before.item.name === item.name;
      const initialsSize = Math.round(Math.min(rect.width, rect.height) * 0.42);
      return {
        item,
        rect,
        label: isTooSmall(rect)
          ? undefined
          : sameLook && before.item.audioMuted === item.audioMuted
            ? before.label
            : drawLabel({
                name: item.name,
                muted: item.audioMuted && item.kind === 'person',
                maxWidth: rect.width - 2 * LABEL_INSET,
                heightPx: labelHeight,
              }),
        initials: sameLook ? before.initials : drawInitials(item.name, initialsSize),
      };
    });
    for (const [id, scaler] of this.#scalers) {
      if (byId.has(id)) continue;
      scaler.close();
      this.#scalers.delete(id);
    }
    if (tiles.length === 0) this.#slate ??= drawSlate(this.#title, canvas);
    this.#generation++;
  }

  /** Tiles as they are drawn now. */
  get tiles(): readonly Tile[] {
    return this.#tiles.map((tile) => tile.rect);
  }

  /** Brings a canvas up to date. @returns the number of tiles that were drawn */
  draw(canvasIndex: number, pictureOf: PictureOf): number {
    const canvas = this.#canvases[canvasIndex]!;
    const painted = this.#painted[canvasIndex]!;
    if (painted.generation !== this.#generation) {
      painted.generation = this.#generation;
      painted.shown.clear();
      fillPicture(canvas, BACKGROUND);
      if (this.#tiles.length === 0 && this.#slate) {
        blend(
          canvas,
          this.#slate,
          evenFloor((canvas.width - this.#slate.width) / 2),
          evenFloor((canvas.height - this.#slate.height) / 2),
        );
      }
    }
    let drawn = 0;
    for (const tile of this.#tiles) {
      const decoded = tile.item.videoSourceId === undefined ? undefined : pictureOf(tile.item.videoSourceId);
      const serial = decoded?.serial ?? 0;
      if (painted.shown.get(tile.item.id) === serial) continue;
      painted.shown.set(tile.item.id, serial);
      if (decoded) this.#drawVideo(canvas, tile, decoded.picture);
      else drawPlate(canvas, tile);
      const { rect, label } = tile;
      if (rect.width < canvas.width || rect.height < canvas.height) this.#corners.cut(canvas, rect);
      if (label) blend(canvas, label, rect.x + LABEL_INSET, rect.y + rect.height - label.height - LABEL_INSET);
      drawn++;
    }
    return drawn;
  }

  close(): void {
    for (const scaler of this.#scalers.values()) scaler.close();
    this.#scalers.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #drawVideo(canvas: Picture, tile: TileState, source: Picture): void {
    const { rect, item } = tile;
    let scaler = this.#scalers.get(item.id);
    if (!scaler) {
      scaler = new Scaler();
      this.#scalers.set(item.id, scaler);
    }
    const { from, to } = placePicture(rect, source, { kind: item.kind, fit: 'auto', align: PICTURE_ALIGNMENT });
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

function drawPlate(canvas: Picture, tile: TileState): void {
  const { rect, initials } = tile;
  fillPicture(subPicture(canvas, rect.x, rect.y, rect.width, rect.height), PLATE);
  const x = evenFloor(rect.x + (rect.width - initials.width) / 2);
  const y = evenFloor(rect.y + (rect.height - initials.height) / 2);
  blend(canvas, initials, Math.max(rect.x, x), Math.max(rect.y, y));
}

const evenFloor = (value: number): number => Math.floor(value / 2) * 2;
