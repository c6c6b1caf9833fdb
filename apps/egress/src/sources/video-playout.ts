import { type DecodedPicture, MAX_PICTURE_PIXELS, type VideoCodecName, VideoDecoder } from '@amphi/media';
import type { EncodedVideoFrame, PictureSize } from '@amphi/rtp';

/** Decoded pictures that wait for their tick. Beyond it the oldest is shown at once: its clock must be wrong. */
const MAX_WAITING = 12;

/**
 * A publisher of which neither packets nor reports came for so long is gone, as after its tab was killed: its last face must
 * not stand there as if it listened. One that shares a screen on which nothing moves still reports.
 */
const SILENCE_LIMIT_MS = 5_000;

/** Packets that come for so long without a picture are no accident: a loss is healed by the next keyframe, within seconds. */
const BLIND_LIMIT_MS = 10_000;

interface Due {
  readonly picture: DecodedPicture;
  readonly capturedAt: number;
}

export interface VideoPlayoutEvents {
  /** Nothing can be decoded before a keyframe. */
  readonly onKeyframeNeeded: () => void;
  /** Packets come, and no picture can be made of them. Told once a source. */
  readonly onUndecodable: () => void;
  /** Its pictures are larger than allowed: nothing of it is decoded until they fit. Told once a source. */
  readonly onTooLarge: (size: PictureSize) => void;
}

/**
 * Frames of one source → the picture to show at a moment. Frame of reference: capture time, wall clock in ms. After a
 * loss nothing is decoded until the next keyframe; the last picture stays. What was captured before the source was last
 * hidden is never shown again: people switch a camera off to change what is seen.
 */
export class VideoPlayout {
  readonly #events: VideoPlayoutEvents;
  readonly #decoder: VideoDecoder;
  #waiting: Due[] = [];
  #current: Due | undefined;
  #needsKeyframe = true;
  #isTooLarge = false;
  #wasTooLarge = false;
  #isShown = true;
  #shownSince = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** When the first packet came after the last picture. */
  #blindSince: number | undefined;
  #wasUndecodable = false;

  /** @throws CodedError `codec_missing` */
  constructor(codec: VideoCodecName, events: VideoPlayoutEvents) {
    this.#events = events;
    this.#decoder = new VideoDecoder(codec);
  }

  push(frame: EncodedVideoFrame, capturedAt: number): void {
    if (frame.pictureSize) this.#judge(frame.pictureSize);
    if (this.#isTooLarge) return;
    if (this.#needsKeyframe && !frame.isKeyframe) {
      this.#events.onKeyframeNeeded();
      return;
    }
    this.#needsKeyframe = false;
    try {
      const pictures = this.#decoder.decode(frame.data, frame.timestamp);
      const picture = pictures.pop();
      // Smaller ones of the same moment, of spatial layers.
      for (const smaller of pictures) smaller.close();
      if (!picture) return;
      this.#blindSince = undefined;
      this.#keep({ picture, capturedAt });
    } catch {
      // Broken data: what refers to it would be broken too.
      this.handleGap();
    }
  }

  /** Frames were lost. */
  handleGap(): void {
    this.#needsKeyframe = true;
    if (!this.#isTooLarge) this.#events.onKeyframeNeeded();
  }

  /** A packet came. @param at wall clock */
  packetCame(at: number): void {
    this.heard(at);
    this.#blindSince ??= at;
    if (this.#wasUndecodable || this.#isTooLarge || at - this.#blindSince < BLIND_LIMIT_MS) return;
    this.#wasUndecodable = true;
    this.#events.onUndecodable();
  }

  /** Something came from the publisher. @param at wall clock */
  heard(at: number): void {
    this.#heardAt = at;
  }

  /** @param now when it was decided, wall clock */
  setShown(isShown: boolean, now: number): void {
    if (isShown === this.#isShown) return;
    this.#isShown = isShown;
    if (isShown) this.#shownSince = now;
    else this.#forget();
  }

  /** The newest picture captured at or before `time`; the one before it is closed. None of a publisher that is gone. */
  pictureAt(time: number): DecodedPicture | undefined {
    if (time - this.#heardAt > SILENCE_LIMIT_MS) this.#forget();
    while (this.#waiting.length > 0 && this.#waiting[0]!.capturedAt <= time) this.#showNext();
    return this.#current?.picture;
  }

  /** When the picture that is shown was captured. */
  get capturedAt(): number | undefined {
    return this.#current?.capturedAt;
  }

  close(): void {
    this.#forget();
    this.#decoder.close();
  }

  #judge(size: PictureSize): void {
    this.#isTooLarge = size.width * size.height > MAX_PICTURE_PIXELS;
    if (!this.#isTooLarge) return;
    this.#needsKeyframe = true;
    this.#forget();
    if (!this.#wasTooLarge) this.#events.onTooLarge(size);
    this.#wasTooLarge = true;
  }

  #keep(due: Due): void {
    if (!this.#isShown || due.capturedAt < this.#shownSince) due.picture.close();
    else this.#waiting.push(due);
    while (this.#waiting.length > MAX_WAITING) this.#showNext();
  }

  #forget(): void {
    for (const { picture } of this.#waiting.splice(0)) picture.close();
    this.#current?.picture.close();
    this.#current = undefined;
  }

  #showNext(): void {
    this.#current?.picture.close();
    this.#current = this.#waiting.shift();
  }
}
