import type { LiveStream } from '@amphi/client';

/** Nobody is live, or about to be. */
export function isStartable({ status }: Pick<LiveStream, 'status'>): boolean {
  return status === 'off' || status === 'ended' || status === 'failed';
}

/**
 * Whether one is offered to go live by joining.
 * @param facts.isWanted by the layout of the role
 * @param facts.mayStream by the role's permissions
 */
export function offersGoingLive(facts: {
  readonly isWanted: boolean;
  readonly mayStream: boolean;
  readonly stream: Pick<LiveStream, 'status'>;
}): boolean {
  return facts.isWanted && facts.mayStream && isStartable(facts.stream);
}
