import { usePolls, useSelf, useSessionState } from '@amphi/react';
import { isolate, useToaster } from '@amphi/ui';
import { useEffect, useRef } from 'react';
import { useWords } from '../words/speaking.tsx';

const toastOf = (pollId: string): string => `poll-${pollId}`;

/** Tells of a poll that begins, until it is answered, seen or over. Of those that ran before we came, the button tells. */
export function usePollToasts(isShown: boolean, onShowPolls: () => void): void {
  const words = useWords();
  const toaster = useToaster();
  const { polls, mayAnswer } = usePolls();
  const { peerId } = useSelf();
  const joinedAt = useRef(0);
  const told = useRef(new Set<string>());
  const status = useSessionState(({ connection }) => connection.status);
  useEffect(() => {
    if (status === 'joined' && joinedAt.current === 0) joinedAt.current = Date.now();
  }, [status]);
  useEffect(() => {
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
  }, [polls, mayAnswer, isShown, peerId, toaster, onShowPolls, words]);
}

/** Our clock and the server's may differ by so much before a poll that just began looks old. */
const CLOCKS_APART_MS = 60_000;
