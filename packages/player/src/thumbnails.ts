import { type Clock, type Logger, type Millis, messageOf } from '@amphi/base';
import { parseThumbnails, type ThumbnailCue } from '@amphi/hls';

/** A small picture of a moment of the stream: a place in an image. */
export interface Thumbnail {
  /** Address of the image, of this page's own (`blob:`); good until the player loads another stream or is closed. */
  readonly image: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A track that is older is read again when something newer is asked for: about as often as pictures come. */
const REFRESH_MS: Millis = 4_000;
/** A picture stands for what comes after it until the next, which may be late. */
const MAX_LATE_MS: Millis = 10_000;
/** Images that are kept; each has the pictures of a minute or two. */
const MAX_IMAGES = 8;

/**
 * The thumbnails of one stream, read as they are asked for. Images are fetched rather than named to the page: its policy may
 * allow no images of other places. What cannot be had is as if there were none.
 */
export class Thumbnails {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #abort = new AbortController();
  /** By address, the longest unused first. */
  readonly #images = new Map<string, Promise<string>>();
  #cues: readonly ThumbnailCue[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  /** @param url of the WebVTT track */
  constructor(url: string, options: { readonly clock: Clock; readonly logger: Logger }) {
    this.#url = url;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Of what was captured at `date`; undefined where there is none. Never rejects. */
  async at(date: Millis): Promise<Thumbnail | undefined> {
    try {
      await this.#readUntil(date);
      const cue = this.#cues.findLast((each) => each.date !== undefined && each.date <= date);
      if (!cue || date > endDateOf(cue) + MAX_LATE_MS) return undefined;
      const { x, y, width, height } = cue;
      const image = await this.#image(new URL(cue.uri, this.#url).href);
      return this.#abort.signal.aborted ? undefined : { image, x, y, width, height };
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        this.#logger.warn({ url: this.#url, error: messageOf(error) }, 'no thumbnail could be had');
      }
      return undefined;
    }
  }

  close(): void {
    this.#abort.abort();
    for (const image of this.#images.values()) revoke(image);
    this.#images.clear();
  }

  async #readUntil(date: Millis): Promise<void> {
    const last = this.#cues.at(-1);
    const isThere = last !== undefined && date < endDateOf(last);
    if (isThere || this.#clock.now() - this.#readAt < REFRESH_MS) return this.#reading;
    this.#readAt = this.#clock.now();
    this.#reading = this.#fetch(this.#url)
      .then((response) => response.text())
      .then((text) => {
        this.#cues = parseThumbnails(text);
      })
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  #image(url: string): Promise<string> {
    const image =
      this.#images.get(url) ??
      this.#fetch(url)
        .then((response) => response.blob())
        .then((blob) => URL.createObjectURL(blob));
    this.#images.delete(url);
    this.#images.set(url, image);
    image.catch(() => this.#images.delete(url));
    for (const [oldest, unused] of this.#images) {
      if (this.#images.size <= MAX_IMAGES) break;
      this.#images.delete(oldest);
      revoke(unused);
    }
    return image;
  }

  async #fetch(url: string): Promise<Response> {
    const response = await fetch(url, { signal: this.#abort.signal });
    if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
    return response;
  }
}

function endDateOf({ date = 0, startsAt, endsAt }: ThumbnailCue): Millis {
  return date + (endsAt - startsAt) * 1000;
}

function revoke(image: Promise<string>): void {
  image.then(
    (url) => URL.revokeObjectURL(url),
    () => {},
  );
}
