import type { LiveWindow, RenditionReport } from '@amphi/hls';
import { type PlaylistForm, PlaylistText } from './playlist-text.ts';
import { type PreparedAnswer, preparePlaylist } from './prepared-answer.ts';
import { gzipPieces, joinPieces } from './text-pieces.ts';

/** One text as two answers. */
export interface Rendered {
  readonly version: number;
  /** For whoever asks without a segment in mind. */
  readonly polled: PreparedAnswer;
  /** The same bytes, cacheable under the URL with its directives. */
  readonly blocking: PreparedAnswer;
}

/** A playlist of a window, whole and as a delta update: made at most once per change, when first asked for, the same bytes for all. */
export class RenderedPlaylist {
  readonly #text: PlaylistText;
  readonly #tag: string;
  readonly #polledCaching: string;
  readonly #blockingCaching: string;
  #full: Rendered | undefined;
  #delta: Rendered | undefined;

  /**
   * @param options.tag names this life of the stream in entity tags: its versions count from 0
   * @param options.targetDuration in seconds
   */
  constructor(form: PlaylistForm, options: { readonly tag: string; readonly targetDuration: number }) {
    this.#text = new PlaylistText(form);
    this.#tag = options.tag;
    // OR5: a playlist says for how long it may be kept. Half a target duration is how often players that do not block
    // come for news; a blocking answer is asked for again, if at all, by players that are a window behind.
    const half = Math.floor(options.targetDuration / 2);
    this.#polledCaching = half > 0 ? `public, max-age=${half}` : 'no-cache';
    this.#blockingCaching = `public, max-age=${6 * options.targetDuration}`;
  }

  /** @param of.version grows with every change of what the text is made from */
  render(of: {
    readonly window: LiveWindow;
    readonly reports: readonly RenditionReport[];
    readonly version: number;
    readonly isDelta: boolean;
  }): Rendered {
    const { window, reports, version, isDelta } = of;
    const known = isDelta ? this.#delta : this.#full;
    if (known?.version === version) return known;
    const pieces = isDelta ? this.#text.delta(window, reports) : this.#text.full(window, reports);
    let compressed: Buffer | undefined;
    const common = {
      body: joinPieces(pieces),
      tag: `${this.#tag}-${version}`,
      gzip: (): Buffer => {
        compressed ??= gzipPieces(pieces);
        return compressed;
      },
    };
    const rendered = {
      version,
      polled: preparePlaylist({ ...common, cacheControl: this.#polledCaching }),
      blocking: preparePlaylist({ ...common, cacheControl: this.#blockingCaching }),
    };
    if (isDelta) this.#delta = rendered;
    else this.#full = rendered;
    return rendered;
  }
}
