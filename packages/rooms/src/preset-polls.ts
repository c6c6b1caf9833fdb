import type { Millis } from '@amphi/base';
import type { PollQuestion } from '@amphi/protocol';
import type { Poll } from './poll-state.ts';
import type { Session } from './session.ts';

/** A poll that a back end has made for the room. */
export interface PresetPoll {
  readonly id: string;
  readonly title: string;
  readonly type: Poll['type'];
  readonly duration: number;
  readonly anonymous: boolean;
  readonly mode: 'userid' | 'peerid';
  /** Whether it begins with the session, or when somebody starts it. */
  readonly start: 'auto' | 'manual';
  readonly questions: readonly PollQuestion[];
}

/** The room's polls, in a session that has just begun. */
export function presetPolls(session: Session, polls: readonly PresetPoll[], now: Millis): void {
  for (const { start, ...poll } of polls) {
    const begins = start === 'auto';
    session.polls.set(poll.id, {
      ...poll,
      visibility: false,
      locked: false,
      vote: [],
      responses: [],
      state: begins ? 'started' : 'created',
      createdBy: '',
      createdAt: now,
      startedBy: '',
      startedAt: begins ? now : 0,
      stoppedBy: '',
      stoppedAt: 0,
      revision: 0,
      voters: new Map(),
      counts: new Map(),
      bytes: 0,
    });
  }
}
