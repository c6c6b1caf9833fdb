/** Polls and quizzes (client protocol, 7.5). Places of questions and options start at 1, as on the wire. */

export interface Poll {
  readonly id: string;
  readonly title: string;
  readonly type: 'poll' | 'quiz';
  /** `created`: seen by those who make polls only. */
  readonly status: 'created' | 'started' | 'stopped';
  /** Nobody is told who answered what. */
  readonly isAnonymous: boolean;
  /** Roles that may answer; empty: all that may read polls. */
  readonly voters: readonly string[];
  /** Seconds that it runs; 0: until it is stopped. */
  readonly durationS: number;
  readonly createdBy: string;
  readonly startedAt: number;
  readonly stoppedAt: number;
  /** Undefined until they have been fetched. */
  readonly questions: readonly PollQuestion[] | undefined;
  /** Undefined until the server has told them. */
  readonly results: PollResults | undefined;
  /** Our own, by place of the question. */
  readonly ownAnswers: Readonly<Record<number, PollAnswer>>;
}

/** How a question is answered: by one option, by some, or in words. */
export type PollQuestionType = 'single-choice' | 'multiple-choice' | 'short-answer' | 'long-answer';

/** A question as people see it. */
export interface PollQuestion {
  readonly index: number;
  readonly text: string;
  readonly type: PollQuestionType;
  readonly isSkippable: boolean;
  /** Points of a quiz. */
  readonly points: number;
  readonly options: readonly { readonly index: number; readonly text: string }[];
  /** What is right, as places of options; undefined while it is not told, and for what has no right answer. */
  readonly correct: readonly number[] | undefined;
}

/** How many have answered what, so far or in the end. */
export interface PollResults {
  readonly voters: number;
  /** Who may read polls: those the counts are of. */
  readonly readers: number;
  readonly questions: readonly {
    readonly index: number;
    /** By place of the option, from 1 on. */
    readonly votes: Readonly<Record<number, number>>;
    readonly total: number;
    readonly correct: number;
    readonly skipped: number;
  }[];
}

/** To one question: places of options, a text, or nothing. */
export type PollAnswer =
  | { readonly options: readonly number[] }
  | { readonly text: string }
  | { readonly isSkipped: true };

/** A poll or quiz that is to be made. */
export interface NewPoll {
  readonly title: string;
  /** Default `poll`. In a quiz the first answer to a question counts, in a poll the last. */
  readonly type?: 'poll' | 'quiz';
  readonly isAnonymous?: boolean;
  readonly voters?: readonly string[];
  readonly durationS?: number;
  readonly questions: readonly NewQuestion[];
}

/** A question that is to be asked. */
export interface NewQuestion {
  readonly text: string;
  /** Default `single-choice`. */
  readonly type?: PollQuestionType;
  readonly options?: readonly string[];
  /** Places of the right options, from 1 on. */
  readonly correct?: readonly number[];
  readonly points?: number;
  readonly isSkippable?: boolean;
}

/** Who leads in a quiz that is over. */
export interface Leaderboard {
  readonly averageScore: number;
  readonly averageMs: number;
  readonly voters: number;
  readonly readers: number;
  /** The best first. */
  readonly entries: readonly LeaderboardEntry[];
  /** There are more than `entries`. */
  readonly isMore: boolean;
}

/** One of those who have answered in a quiz. */
export interface LeaderboardEntry {
  readonly position: number;
  readonly peerId: string;
  readonly name: string;
  readonly score: number;
  readonly answered: number;
  readonly correct: number;
  readonly durationMs: number;
}
