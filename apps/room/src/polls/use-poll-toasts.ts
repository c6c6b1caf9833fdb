import { usePolls, useSelf, useSessionState } from '@amphi/react';
import { isolate, useToaster } from '@amphi/ui';
import { useEffect, useRef, useState } from 'react';
import { useWords } from '../words/speaking.tsx';
import { pollWait, type StreamMoments } from './stream-moments.ts';

const toastOf = (pollId: string): string => `poll-${pollId}`;

/**
 * Tells of a poll that begins, until it is answered, seen or over; who watches the stream is told when its picture is there
 * (POLL4). Of those that ran before we came, the button tells.
 */
export function usePollToasts(isShown: boolean, onShowPolls: () => void, moments: StreamMoments): void {
  const words = useWords();
  const toaster = useToaster();
  const { polls, mayAnswer } = usePolls();
  const { peerId } = useSelf();
  const joinedAt = useRef(0);
  const told = useRef(new Set<string>());
  /** Since when we know that polls run, of those that are still to be told of. */
  const known = useRef(new Map<string, number>());
  const [turn, setTurn] = useState(0);
  const status = useSessionState(({ connection }) => connection.status);
  useEffect(() => {
    if (status === 'joined' && joinedAt.current === 0) joinedAt.current = Date.now();
  }, [status]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn comes when a wait is over
  useEffect(() => {
    let rest = Number.POSITIVE_INFINITY;
    for (const poll of polls) {
      const { id, title, type } = poll;
      const isOpen = poll.status === 'started' && Object.keys(poll.ownAnswers).length === 0 && !isShown;
      if (!isOpen) {
        if (told.current.has(id)) toaster.dismiss(toastOf(id));
        if (isShown) told.current.add(id);
        continue;
      }
      const isNew = poll.startedAt >= joinedAt.current - CLOCKS_APART_MS;
      if (told.current.has(id) || !isNew || poll.createdBy === peerId || !mayAnswer(poll)) continue;
      const since = known.current.get(id) ?? performance.now();
      known.current.set(id, since);
      const wait = pollWait(moments, id, performance.now() - since);
      if (wait > 0) {
        rest = Math.min(rest, wait);
        continue;
      }
      told.current.add(id);
      toaster.show({
        id: toastOf(id),
        title: type === 'quiz' ? words.polls.quizBegins(isolate(title)) : words.polls.pollBegins(isolate(title)),
        description: words.polls.justBegun,
        durationMs: 0,
        action: {
          label: type === 'quiz' ? words.polls.answer : words.polls.vote,
          hint: words.polls.orOpen,
          onAction: onShowPolls,
        },
      });
    }
    if (rest === Number.POSITIVE_INFINITY) return;
    const timer = setTimeout(() => setTurn((turn) => turn + 1), rest);
    return () => clearTimeout(timer);
  }, [polls, mayAnswer, isShown, peerId, toaster, onShowPolls, words, moments, turn]);
}

/** Our clock and the server's may differ by so much before a poll that just began looks old. */
const CLOCKS_APART_MS = 60_000;
