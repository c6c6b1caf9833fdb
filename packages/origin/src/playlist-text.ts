import {
  iFrameOf,
  iFramePlaylist,
  type LiveWindow,
  type MediaPlaylist,
  type RenditionReport,
  type Segment,
  serializeLiveEdge,
  serializePlaylistEnd,
  serializePlaylistStart,
  serializeSegments,
  type WindowSegment,
  windowPlaylist,
} from '@amphi/hls';
import { TextPiece } from './text-pieces.ts';

/** Segments of a piece that is made once and kept: about 16 kB. */
const SEALED_SEGMENTS = 128;

/** What a playlist says of a window. */
export interface PlaylistForm {
  readonly playlistOf: (window: LiveWindow, options?: { readonly skip?: boolean }) => MediaPlaylist;
  readonly segmentOf: (segment: WindowSegment) => Segment;
}

/** All media. */
export const MEDIA_FORM: PlaylistForm = { playlistOf: windowPlaylist, segmentOf: (segment) => segment };
/** Single pictures. */
export const IFRAME_FORM: PlaylistForm = { playlistOf: iFramePlaylist, segmentOf: iFrameOf };

/**
 * The text of one rendition's playlist in pieces. Made anew is what has changed: the live edge with a part of this
 * rendition, the reports with one of another. The old segments of an event playlist, which may be tens of thousands, are
 * kept as text.
 */
export class PlaylistText {
  readonly #form: PlaylistForm;
  readonly #sealed: TextPiece[] = [];
  /** What holds behind the sealed segments. */
  #sealedMapUri: string | undefined;
  #full: { readonly window: LiveWindow; readonly pieces: readonly TextPiece[] } | undefined;
  #delta: { readonly window: LiveWindow; readonly pieces: readonly TextPiece[] } | undefined;

  constructor(form: PlaylistForm = MEDIA_FORM) {
    this.#form = form;
  }

  /** The whole playlist. */
  full(window: LiveWindow, renditionReports: readonly RenditionReport[]): TextPiece[] {
    if (this.#full?.window !== window) this.#full = { window, pieces: this.#renderFull(window) };
    return [...this.#full.pieces, endPiece(window, renditionReports)];
  }

  /** A delta update, or the whole playlist when nothing can be skipped. */
  delta(window: LiveWindow, renditionReports: readonly RenditionReport[]): TextPiece[] {
    if (this.#delta?.window !== window) {
      const playlist = this.#form.playlistOf(window, { skip: true });
      if (!playlist.skip) return this.full(window, renditionReports);
      const segments = serializeSegments(playlist.segments);
      const text = serializePlaylistStart(playlist) + segments.text + serializeLiveEdge(playlist, segments.mapUri);
      this.#delta = { window, pieces: [new TextPiece(text)] };
    }
    return [...this.#delta.pieces, endPiece(window, renditionReports)];
  }

  #renderFull(window: LiveWindow): TextPiece[] {
    const playlist = this.#form.playlistOf(window);
    if (window.options.type === 'live') {
      const segments = serializeSegments(playlist.segments);
      const text = serializePlaylistStart(playlist) + segments.text + serializeLiveEdge(playlist, segments.mapUri);
      return [new TextPiece(text)];
    }
    this.#seal(window);
    const rest = window.segments.slice(this.#sealed.length * SEALED_SEGMENTS);
    const segments = serializeSegments(rest.map(this.#form.segmentOf), this.#sealedMapUri);
    const edge = segments.text + serializeLiveEdge(playlist, segments.mapUri);
    return [this.#startPiece(serializePlaylistStart(playlist)), ...this.#sealed, new TextPiece(edge)];
  }

  #start: { readonly text: string; readonly piece: TextPiece } | undefined;

  /** Stays the same unless a date range comes, and with it the checksums of all that follows. */
  #startPiece(text: string): TextPiece {
    if (this.#start?.text !== text) this.#start = { text, piece: new TextPiece(text) };
    return this.#start.piece;
  }

  /** Seals segments that do not change any more: those that have lost their parts. */
  #seal({ segments }: LiveWindow): void {
    for (;;) {
      const from = this.#sealed.length * SEALED_SEGMENTS;
      const last = segments[from + SEALED_SEGMENTS - 1];
      if (!last || last.parts.length > 0) return;
      const sealed = segments.slice(from, from + SEALED_SEGMENTS).map(this.#form.segmentOf);
      const { text, mapUri } = serializeSegments(sealed, this.#sealedMapUri);
      this.#sealed.push(new TextPiece(text));
      this.#sealedMapUri = mapUri;
    }
  }
}

function endPiece({ ended }: LiveWindow, renditionReports: readonly RenditionReport[]): TextPiece {
  return new TextPiece(serializePlaylistEnd({ renditionReports: ended ? [] : renditionReports, endList: ended }));
}
