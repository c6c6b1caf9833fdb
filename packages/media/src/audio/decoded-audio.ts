/** Stereo samples in [−1, 1] at 48 kHz. */
export interface DecodedAudio {
  readonly left: Float32Array;
  readonly right: Float32Array;
}
