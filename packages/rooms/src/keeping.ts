import type { Millis } from '@amphi/base';
import type { PollInfo, PollQuestion } from '@amphi/protocol';
import { type Board, type BoardHead, emptyBoard, putElement, type StoredElement } from './board-state.ts';
import type { GivenAnswer, Poll, Voter } from './poll-state.ts';
import { countAnswer, infoOfPoll } from './polls.ts';
import type { Session } from './session.ts';
import type { StoredValue } from './store-state.ts';

/**
 * What a session keeps beside its peers, cut into records, so that a copy of it can be held in line by writing what has
 * changed: values of the session store, polls without their answers, the answers of each voter, and each element of the
 * whiteboard.
 */
export interface KeptRecord {
  /** Among the records of the session; of any characters that JSON has. */
  readonly key: string;
  /** Another one whenever the record is another. */
  readonly version: unknown;
  /** As JSON can carry it. */
  content(): KeptContent;
}

type KeptPollInfo = PollInfo & Pick<Poll, 'mode'>;

export type KeptContent =
  | { readonly kind: 'value'; readonly key: string; readonly value: StoredValue }
  | { readonly kind: 'poll'; readonly info: KeptPollInfo; readonly questions: readonly PollQuestion[] }
  | {
      readonly kind: 'answers';
      readonly pollId: string;
      readonly voterKey: string;
      readonly voter: Omit<Voter, 'answers'>;
      readonly answers: readonly (readonly [question: number, answer: GivenAnswer])[];
    }
  | { readonly kind: 'board'; readonly head: BoardHead }
  | { readonly kind: 'element'; readonly boardId: string; readonly element: StoredElement };

/** Records are made as they are asked for: between two of them the session may change. */
export function* keptRecords(session: Session): Generator<KeptRecord> {
  for (const [key, value] of session.store.values) {
    yield {
      key: JSON.stringify(['value', key]),
      version: value,
      content: () => ({ kind: 'value', key, value }),
    };
  }
  for (const poll of session.polls.values()) {
    yield {
      key: JSON.stringify(['poll', poll.id]),
      version: poll.revision,
      content: () => ({ kind: 'poll', info: infoOfPoll(poll), questions: poll.questions }),
    };
    for (const [voterKey, voter] of poll.voters) {
      yield {
        key: JSON.stringify(['answers', poll.id, voterKey]),
        version: voter,
        content: () => {
          const { answers, ...of } = voter;
          return { kind: 'answers', pollId: poll.id, voterKey, voter: of, answers: [...answers] };
        },
      };
    }
  }
  if (session.board) yield* boardRecords(session.board);
}

function* boardRecords({ head, elements }: Board): Generator<KeptRecord> {
  yield { key: JSON.stringify(['board']), version: head, content: () => ({ kind: 'board', head }) };
  for (const element of elements.values()) {
    yield {
      key: JSON.stringify(['element', head.id, element.id]),
      version: element,
      content: () => ({ kind: 'element', boardId: head.id, element }),
    };
  }
}

/** Puts back what another process kept, into a session that has just begun. In any order. */
export function restoreKept(session: Session, contents: readonly KeptContent[]): void {
  const polls = contents.flatMap((content) => (content.kind === 'poll' ? [content] : []));
  for (const { info, questions } of polls.sort((a, b) => a.info.created_at - b.info.created_at)) {
    session.polls.set(info.poll_id, pollFrom(info, questions));
  }
  for (const content of contents) {
    if (content.kind === 'value') restoreValue(session, content.key, content.value);
    else if (content.kind === 'answers') restoreAnswers(session, content);
  }
  restoreBoard(session, contents);
}

function restoreBoard(session: Session, contents: readonly KeptContent[]): void {
  const head = contents.find((content) => content.kind === 'board')?.head;
  if (!head) return;
  const board = emptyBoard(head);
  // Of the board before it some may be left.
  const elements = contents.flatMap((content) =>
    content.kind === 'element' && content.boardId === head.id ? [content.element] : [],
  );
  for (const element of elements.sort((a, b) => a.position - b.position)) putElement(board, element);
  session.board = board;
}

function restoreValue({ store }: Session, key: string, value: StoredValue): void {
  store.values.set(key, value);
  store.bytes += value.bytes;
  store.version = Math.max(store.version, value.version);
}

function restoreAnswers(
  session: Session,
  { pollId, voterKey, voter, answers }: Extract<KeptContent, { kind: 'answers' }>,
): void {
  const poll = session.polls.get(pollId);
  if (!poll) return;
  poll.voters.set(voterKey, { ...voter, answers: new Map(answers) });
  for (const [, { response }] of answers) {
    const question = poll.questions.find(({ question: { index } }) => index === response.question);
    if (question) countAnswer(poll, question, response);
  }
}

function pollFrom(info: KeptPollInfo, questions: readonly PollQuestion[]): Poll {
  return {
    id: info.poll_id,
    title: info.title,
    type: info.type,
    duration: info.duration,
    anonymous: info.anonymous,
    visibility: info.visibility,
    locked: info.locked,
    mode: info.mode,
    vote: info.vote,
    responses: info.responses,
    state: info.state,
    createdBy: info.created_by,
    createdAt: info.created_at as Millis,
    startedBy: info.started_by,
    startedAt: info.started_at as Millis,
    stoppedBy: info.stopped_by,
    stoppedAt: info.stopped_at as Millis,
    questions,
    revision: 0,
    voters: new Map(),
    counts: new Map(),
    bytes: 0,
  };
}
