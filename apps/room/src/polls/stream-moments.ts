/** What the viewer of a stream has come to of what is said in it, at the pictures of their moments. */
export interface StreamMoments {
  /** The picture moves: what comes in it will be seen. */
  readonly isMoving: boolean;
  /** Messages that have come (timed metadata). */
  readonly reached: ReadonlySet<string>;
}

/** Nothing comes in a stream: nobody watches one here, or it stands. */
export const NO_MOMENTS: StreamMoments = { isMoving: false, reached: new Set() };

/** So long the message of a poll is waited for: longer than a live viewer is behind the stage, and not so long that votes are missed. */
export const POLL_WAIT_MS = 8_000;

/** The message that tells viewers of the stream of a poll, as the public room sends it, too (client protocol, 10). */
export function pollMessage(pollId: string): string {
  return `poll:${pollId}`;
}

/**
 * How long to wait yet before telling of a poll that has begun, in milliseconds: 0 at the picture of its beginning. Where
 * that does not come, as in a stream that stands or to which nobody sent it, it is not waited for without end.
 * @param waited since when we know of the poll, in milliseconds
 */
export function pollWait({ isMoving, reached }: StreamMoments, pollId: string, waited: number): number {
  return !isMoving || reached.has(pollMessage(pollId)) ? 0 : Math.max(0, POLL_WAIT_MS - waited);
}
