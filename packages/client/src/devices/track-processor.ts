/**
 * Makes another track of one that is captured: another background behind a person, a voice without its noise. An app gives
 * it to `setCameraProcessor` or `setMicrophoneProcessor`.
 */
export interface TrackProcessor {
  /**
   * Called for each track that is captured, and for the present one when it is set. What it makes is sent and shown in
   * place of the captured one, which stays the device's: it is muted and stopped there.
   * @param track the device's own track
   * @param fail to be called when it cannot go on: the device is switched off then, with `processor_failed`
   * @returns once there is something to send; a rejection is the same as `fail`
   */
  process(track: MediaStreamTrack, fail: (error: unknown) => void): Promise<ProcessedTrack>;
}

/** What a processor has made of one track. */
export interface ProcessedTrack {
  readonly track: MediaStreamTrack;
  /** Ends `track` and all that makes it. Called once. */
  stop(): void;
}
