import type { Millis, Seconds } from '@amphi/base';
import { aheadOf } from './buffered.ts';
import { Cushion } from './cushion.ts';
import { liveRate } from './live-rate.ts';

/** What a live stream asks of its viewers. */
export interface LiveEdge {
  /** Position in the media where a live viewer should be. */
  readonly position: Seconds;
  /** How far that is behind the end of the stream. */
  readonly holdBack: Seconds;
  /** Longest part; of a stream without parts, longest segment. */
  readonly partTarget: Seconds;
  /** Longest segment. */
  readonly targetDuration: Seconds;
}

/** Of a new look at how far behind one is: parts come a little earlier and later, which is not to be followed. */
const SHARE_OF_NEW = 0.3;
/** Playback has gone elsewhere by more than this: what was is nothing to go by. */
const ELSEWHERE: Seconds = 0.5;

/** Keeps playback of a video element where a live viewer should be, by its rate. */
export class LiveKeeper {
  readonly #video: HTMLVideoElement;
  readonly #edge: () => LiveEdge | undefined;
  readonly #now: () => Millis;
  readonly #cushion = new Cushion();
  /** The rate is the keeper's while a live stream plays, else whoever's it was. */
  #setsRate = false;
  /** The last looks at it, as one; undefined before the first. */
  #behind: Seconds | undefined;

  /** @param edge of what plays now; undefined while that is not live */
  constructor(video: HTMLVideoElement, edge: () => LiveEdge | undefined, now: () => Millis = () => performance.now()) {
    this.#video = video;
    this.#edge = edge;
    this.#now = now;
    video.addEventListener('timeupdate', this.#keep);
  }

  /** Where this viewer should be: as the stream asks, and as much behind as its stalls have taught. */
  get position(): Seconds | undefined {
    const edge = this.#edge();
    return edge && edge.position - this.#cushion.seconds;
  }

  /** Playback ran dry. */
  stalled(): void {
    const edge = this.#edge();
    if (edge) this.#cushion.stalled(edge.targetDuration);
  }

  /** Another stream, or the same anew. */
  reset(): void {
    this.#cushion.clear();
    this.#keep();
  }

  close(): void {
    this.#video.removeEventListener('timeupdate', this.#keep);
    if (this.#setsRate) this.#video.playbackRate = 1;
  }

  readonly #keep = (): void => {
    const edge = this.#edge();
    if (!edge && !this.#setsRate) return;
    this.#setsRate = edge !== undefined;
    if (!edge) this.#behind = undefined;
    const rate = edge ? this.#rate(edge) : 1;
    if (rate !== this.#video.playbackRate) this.#video.playbackRate = rate;
  };

  #rate({ position, holdBack, partTarget, targetDuration }: LiveEdge): number {
    const ahead = aheadOf(this.#video);
    this.#cushion.saw(ahead, partTarget, this.#now());
    const cushion = this.#cushion.seconds;
    const behind = position - cushion - this.#video.currentTime;
    const change = behind - (this.#behind ?? behind);
    this.#behind = Math.abs(change) > ELSEWHERE ? behind : behind - change * (1 - SHARE_OF_NEW);
    return liveRate({
      behind: this.#behind,
      ahead,
      partTarget,
      targetDuration,
      holdBack: holdBack + cushion,
      rate: this.#video.playbackRate,
    });
  }
}
