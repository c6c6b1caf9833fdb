import type { Millis } from '@amphi/base';
import type { PollQuestion, PollResponse } from '@amphi/protocol';

/** A poll or a quiz. Answers are counted as they come; who gave which is kept for their giver, and for those who may see it. */
export interface Poll {
  readonly id: string;
  title: string;
  type: 'poll' | 'quiz';
  /** Seconds for which it runs; 0 = no end. */
  duration: number;
  anonymous: boolean;
  visibility: boolean;
  locked: boolean;
  /** By what a voter is told from another. */
  mode: 'userid' | 'peerid' | 'username';
  /** Roles that may answer, and roles that may see who answered what. Empty: all that may read polls. */
  vote: readonly string[];
  responses: readonly string[];
  state: 'created' | 'started' | 'stopped';
  readonly createdBy: string;
  readonly createdAt: Millis;
  startedBy: string;
  startedAt: Millis;
  stoppedBy: string;
  stoppedAt: Millis;
  questions: readonly PollQuestion[];
  /** Counts changes of all that is above. */
  revision: number;
  /** By voter, in the order of their first answer. */
  readonly voters: Map<string, Voter>;
  /** By index of the question. */
  readonly counts: Map<number, QuestionCount>;
  /** About what the answers take. */
  bytes: number;
  /** Best first; once it is over and somebody has asked. */
  leaders?: readonly Leader[];
}

export interface Leader {
  readonly voter: Voter;
  readonly score: number;
  readonly responses: number;
  readonly correct: number;
  readonly durationMs: Millis;
}

export interface Voter {
  readonly peerId: string;
  readonly userId: string;
  readonly name: string;
  /** By index of the question. Another vote makes another voter of it: see `keeping.ts`. */
  readonly answers: ReadonlyMap<number, GivenAnswer>;
}

export interface GivenAnswer {
  readonly id: string;
  readonly response: PollResponse;
  readonly isFinal: boolean;
  /** Unknown of what an earlier version kept. */
  readonly at?: Millis;
}

/** What one question has come to. */
export interface QuestionCount {
  total: number;
  skipped: number;
  correct: number;
  /** Votes by place of the option. */
  readonly options: number[];
}
