import type { Millis, Seconds } from '@amphi/base';
import type { PlayerError } from './errors.ts';
import type { DateRangeAttributes } from './timed-metadata.ts';

/** A rendition a viewer can choose. */
export interface Level {
  /** Stable for as long as the stream is loaded. */
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly bitrateBps: number;
  readonly frameRate: number | undefined;
  /** Of its pictures, as RFC 6381 names it; undefined when the playlist does not tell. */
  readonly videoCodec: string | undefined;
}

/** Text that goes with the stream, in one language. */
export interface CaptionTrack {
  /** Stable for as long as the stream is loaded. */
  readonly id: number;
  /** For people, as the stream has it; may be empty. */
  readonly label: string;
  /** A BCP 47 tag, as the stream has it; undefined where it has none. */
  readonly language: string | undefined;
}

/** What an engine tells of the stream that it plays. */
export interface EngineCallbacks {
  /** Playlists are there: playback may be started. */
  readonly onReady: () => void;
  readonly onLevels: (levels: readonly Level[]) => void;
  /** All that there are, whenever these or the chosen ones have changed. The same array while they are the same. */
  readonly onCaptions: (tracks: readonly CaptionTrack[]) => void;
  readonly onDateRanges: (ranges: readonly DateRangeAttributes[]) => void;
  /** Loading or playing cannot go on; the engine does nothing more until `load` is called again. */
  readonly onFailure: (error: PlayerError) => void;
  /** Playback stood still and was helped on. */
  readonly onStall: () => void;
}

/** What plays HLS into a video element: hls.js, or the browser itself. */
export interface Engine {
  /** Starts over from the multivariant playlist. */
  load(url: string): void;
  /** Level that is playing now. */
  readonly currentLevel: number | undefined;
  /** Chosen by the viewer; undefined while the engine chooses. */
  readonly chosenLevel: number | undefined;
  chooseLevel(id: number | undefined): void;
  /** Captions that are shown; undefined: none. */
  readonly chosenCaptions: number | undefined;
  chooseCaptions(id: number | undefined): void;
  /** False once the playlist has ended, and before it is loaded. */
  readonly isLive: boolean;
  /** Position in the media where a live viewer should be. */
  readonly livePosition: Seconds | undefined;
  /** Wall clock of the picture shown, by EXT-X-PROGRAM-DATE-TIME. */
  readonly playingDate: Millis | undefined;
  /** Wall clock of what is at that position, as `playingDate`. */
  dateAt(position: Seconds): Millis | undefined;
  /**
   * Where in the media what was captured then is, by EXT-X-PROGRAM-DATE-TIME: the first that is kept, where that is later.
   * Undefined where it is not known, or not there yet.
   */
  positionAt(date: Millis): Seconds | undefined;
  /** Of the track of thumbnails that the stream names. */
  readonly thumbnailsUrl: string | undefined;
  readonly bandwidthBps: number | undefined;
  destroy(): void;
}

/** Makes an engine for a video element. */
export type EngineFactory = (video: HTMLVideoElement, callbacks: EngineCallbacks) => Engine;
