import type { Seconds } from '@amphi/base';
import { type Picture, ThumbnailPainter } from '@amphi/media';
import type { ThumbnailSheet } from '../sinks/sink.ts';

/** Between two small pictures, at least: fine enough to find a moment, and next to nothing to make. */
export const THUMBNAIL_SECONDS: Seconds = 4;
/** Of the longer side of a tile. */
const TILE_PIXELS = 160;
const COLUMNS = 5;
const ROWS = 5;

/**
 * Small pictures of what is streamed, gathered in sheets. One is taken where a segment begins, so that it is what a viewer who
 * goes there sees first. A sheet is told each time that it has grown, so that the newest picture is there at once.
 */
export class ThumbnailSheets implements Disposable {
  readonly #painter: ThumbnailPainter;
  readonly #tile: { readonly width: number; readonly height: number };
  readonly #ticksApart: number;
  readonly #ticksPerSegment: number;
  #ticks: number[] = [];
  #number = 0;
  #nextTick = Number.NEGATIVE_INFINITY;

  /** @throws CodedError as `ThumbnailPainter` */
  constructor(options: {
    /** Of what is streamed, for the shape of the tiles. */
    readonly width: number;
    readonly height: number;
    readonly frameRate: number;
    readonly framesPerSegment: number;
  }) {
    const { width, height, frameRate, framesPerSegment } = options;
    this.#ticksPerSegment = framesPerSegment;
    this.#ticksApart = Math.ceil((THUMBNAIL_SECONDS * frameRate) / framesPerSegment) * framesPerSegment;
    const scale = TILE_PIXELS / Math.max(width, height);
    const even = (pixels: number): number => Math.max(16, 2 * Math.round((pixels * scale) / 2));
    this.#tile = { width: even(width), height: even(height) };
    this.#painter = new ThumbnailPainter({
      tileWidth: this.#tile.width,
      tileHeight: this.#tile.height,
      columns: COLUMNS,
      rows: ROWS,
    });
  }

  /**
   * Takes the picture when its time has come.
   * @returns the sheet that it is on, as it is now
   */
  take(picture: Picture, tick: number): ThumbnailSheet | undefined {
    const isFirst = this.#nextTick < 0;
    if (!isFirst && (tick < this.#nextTick || tick % this.#ticksPerSegment !== 0)) return undefined;
    // Counted from the segment that it is in: the first one of a run may begin within its segment.
    this.#nextTick = Math.floor(tick / this.#ticksPerSegment) * this.#ticksPerSegment + this.#ticksApart;
    if (this.#ticks.length === COLUMNS * ROWS) {
      this.#ticks = [];
      this.#number++;
      this.#painter.clear();
    }
    this.#painter.paint(picture, this.#ticks.length);
    this.#ticks.push(tick);
    return {
      number: this.#number,
      ticks: [...this.#ticks],
      columns: COLUMNS,
      tileWidth: this.#tile.width,
      tileHeight: this.#tile.height,
      data: this.#painter.encode(),
    };
  }

  close(): void {
    this.#painter.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
