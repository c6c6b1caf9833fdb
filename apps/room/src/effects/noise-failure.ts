/** Why the noise cannot be taken away: no AudioWorklet, sound at another rate than the model's, or anything else. */
export type NoiseFailure = 'no_worklets' | 'other_rate' | 'broken';

/** One of which the reason is known. */
export class NoiseError extends Error {
  readonly failure: NoiseFailure;

  constructor(failure: NoiseFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

export function noiseFailureOf(error: unknown): NoiseFailure {
  return error instanceof NoiseError ? error.failure : 'broken';
}
