import type { Poll, PollAnswer, PollQuestion } from '@amphi/client';
import { usePolls, useRole } from '@amphi/react';
import { Button, classNames, Field, isolate, TextArea } from '@amphi/ui';
import { Check } from 'lucide-react';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { type OptionShare, optionShares } from './option-share.ts';

/** One question: as a form while it waits for our answer, as counts afterwards. */
export function PollQuestionView({
  poll,
  question,
  mayAnswer,
}: {
  readonly poll: Poll;
  readonly question: PollQuestion;
  readonly mayAnswer: boolean;
}) {
  const isAnswered = poll.ownAnswers[question.index] !== undefined;
  const isAsked = mayAnswer && !isAnswered;
  const result = useFocusAfter(isAsked);
  return isAsked ? (
    <AnswerForm poll={poll} question={question} />
  ) : (
    <div ref={result} tabIndex={-1}>
      <QuestionResult poll={poll} question={question} />
    </div>
  );
}

/** The form goes with the button that was pressed in it: whoever uses the keyboard is to find themselves at the result. */
function useFocusAfter(isAsked: boolean) {
  const result = useRef<HTMLDivElement>(null);
  const wasAsked = useRef(isAsked);
  useEffect(() => {
    const isFocusLost = document.activeElement === null || document.activeElement === document.body;
    if (wasAsked.current && !isAsked && isFocusLost) result.current?.focus();
    wasAsked.current = isAsked;
  }, [isAsked]);
  return result;
}

function AnswerForm({ poll, question }: { readonly poll: Poll; readonly question: PollQuestion }) {
  const words = useWords();
  const name = useId();
  const { answer } = usePolls();
  const { can } = useRole();
  const attempt = useAttempt();
  // Who runs a poll sees how it stands without a vote of their own.
  const shares = can('pollWrite') && poll.results ? optionShares(poll, question) : [];
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [text, setText] = useState('');
  const [shownAt] = useState(() => performance.now());
  const isText = question.type === 'short-answer' || question.type === 'long-answer';
  const isReady = isText ? text.trim() !== '' : chosen.length > 0;
  const send = (given: PollAnswer): void => {
    const durationMs = Math.round(performance.now() - shownAt);
    attempt(words.failed.answerPoll, answer(poll.id, question.index, given, { durationMs }));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady) send(isText ? { text: text.trim() } : { options: chosen });
  };
  const toggle = (index: number): void => {
    if (question.type === 'single-choice') setChosen([index]);
    else setChosen((before) => (before.includes(index) ? before.filter((it) => it !== index) : [...before, index]));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2" data-testid="poll-question">
      {isText ? (
        <Field label={<bdi>{question.text}</bdi>}>
          <TextArea value={text} maxLength={1024} onChange={(event) => setText(event.target.value)} />
        </Field>
      ) : (
        <fieldset className="flex flex-col gap-1">
          <legend className="pb-1 text-[0.9375rem] font-medium">
            <bdi>{question.text}</bdi>
          </legend>
          {question.options.map((option) => (
            <label
              key={option.index}
              className="flex min-h-11 cursor-pointer items-center gap-3 rounded-control border border-line px-3 has-checked:border-accent has-checked:bg-accent-wash"
            >
              <input
                type={question.type === 'single-choice' ? 'radio' : 'checkbox'}
                name={name}
                checked={chosen.includes(option.index)}
                onChange={() => toggle(option.index)}
                className="size-4.5 accent-accent-fill"
                data-testid="poll-option"
              />
              <span className="min-w-0 flex-1 break-words">
                <bdi>{option.text}</bdi>
              </span>
              {shares
                .filter(({ index }) => index === option.index)
                .map((share) => (
                  <Votes key={share.index} share={share} />
                ))}
            </label>
          ))}
        </fieldset>
      )}
      <div className="flex gap-2">
        <Button type="submit" variant="primary" size="sm" disabled={!isReady} data-testid="poll-answer">
          {poll.type === 'quiz' ? words.polls.answer : words.polls.vote}
        </Button>
        {question.isSkippable && (
          <Button size="sm" variant="quiet" onClick={() => send({ isSkipped: true })}>
            {words.polls.skip}
          </Button>
        )}
      </div>
    </form>
  );
}

function QuestionResult({ poll, question }: { readonly poll: Poll; readonly question: PollQuestion }) {
  const words = useWords();
  const own = poll.ownAnswers[question.index];
  const shares = optionShares(poll, question);
  return (
    <div className="flex flex-col gap-1.5" data-testid="poll-result">
      <p className="text-[0.9375rem] font-medium">
        <bdi>{question.text}</bdi>
      </p>
      {own && 'text' in own && (
        <p className="text-sm text-ink-soft break-words">{words.polls.yourAnswer(isolate(own.text))}</p>
      )}
      {own && 'isSkipped' in own && <p className="text-sm text-ink-faint">{words.polls.skipped}</p>}
      <ul className="flex flex-col gap-1.5">
        {shares.map((share) => (
          <li key={share.index} className="relative overflow-hidden rounded-control bg-sunken" data-testid="poll-share">
            <span
              aria-hidden="true"
              className={classNames('absolute inset-y-0 start-0', share.isCorrect ? 'bg-ok-wash' : 'bg-accent-wash')}
              style={{ width: `${Math.min(100, share.percent)}%` }}
            />
            <span className="relative flex min-h-10 items-center gap-2 px-3 py-1 text-sm">
              <span className="min-w-0 flex-1 break-words">
                <bdi>{share.text}</bdi>
              </span>
              {share.isCorrect && <span className="shrink-0 font-medium text-ok">{words.polls.right}</span>}
              {share.isChosen && <Check className="size-4 shrink-0" role="img" aria-label={words.polls.yourChoice} />}
              <Votes share={share} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Votes({ share }: { readonly share: OptionShare }) {
  const { format } = useWords();
  return (
    <span className="shrink-0 text-sm text-ink-soft tabular-nums" data-testid="poll-votes">
      {format.count(share.votes)} · {format.percent(share.percent)}
    </span>
  );
}
