import type { Refusal } from '@amphi/base';

/** What becomes of a message: it is read, or refused unread, or the end of its connection. */
export type Verdict = 'read' | 'flood' | Refusal;

/** What one bearer may send, by whatever socket. */
export interface Meter {
  /** Judges a message by its size; it counts, unless it is refused. */
  weigh(bytes: number): Verdict;
}
