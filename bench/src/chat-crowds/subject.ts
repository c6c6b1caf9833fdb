import type { Socket } from 'node:net';

/** A server process that gives what one sends to many. */
export interface Subject {
  readonly name: string;
  readonly pid: number;
  /** One who hears what is sent. */
  listen(): Promise<Socket>;
  /** One who sends. */
  speak(): Promise<Socket>;
  /** A message as it is sent. */
  readonly message: () => Buffer;
  /** How many answers to messages there are in what the sender got. */
  countAnswers(text: string): number;
  close(): Promise<void>;
}
