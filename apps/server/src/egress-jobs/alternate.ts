import type { HlsDestination } from '@amphi/protocol';

/** Of the second picture, in a job. */
export const ALTERNATE = 'alternate';

/** The destination as it would be if its second picture were its only one; undefined when it makes none. */
export function alternateOf(destination: HlsDestination): HlsDestination | undefined {
  // In AV1 there is the first picture alone.
  const { alternate, av1: _, composition, ...rest } = destination;
  if (!alternate || alternate.videoAspectRatio === composition.videoAspectRatio) return undefined;
  const { layers, ...shape } = alternate;
  return { ...rest, layers, composition: { ...composition, ...shape } };
}

/** Under which the second picture of a stream is at the origin. */
export function secondIdOf(streamId: string): string {
  return `${streamId}-${ALTERNATE}`;
}
