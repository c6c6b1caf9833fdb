/** As much of a video element as the player touches. */
export class FakeVideo extends EventTarget {
  currentTime = 0;
  duration = Number.POSITIVE_INFINITY;
  paused = true;
  ended = false;
  seeking = false;
  volume = 1;
  muted = false;
  playbackRate = 1;
  videoWidth = 0;
  videoHeight = 0;
  /** What `play` throws. */
  refusal: Error | undefined;
  seekableFrom: number | undefined;

  get seekable(): { length: number; start: () => number; end: () => number } {
    const start = this.seekableFrom;
    return { length: start === undefined ? 0 : 1, start: () => start ?? 0, end: () => Number.POSITIVE_INFINITY };
  }

  readonly buffered = { length: 0, start: () => 0, end: () => 0 };

  get element(): HTMLVideoElement {
    return this as unknown as HTMLVideoElement;
  }

  async play(): Promise<void> {
    if (this.refusal && !this.muted) throw this.refusal;
    this.paused = false;
    this.dispatchEvent(new Event('playing'));
  }

  pause(): void {
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }

  getVideoPlaybackQuality(): { totalVideoFrames: number; droppedVideoFrames: number } {
    return { totalVideoFrames: 100, droppedVideoFrames: 3 };
  }
}
