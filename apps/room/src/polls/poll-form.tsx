import { usePolls } from '@amphi/react';
import { Button, Checkbox, Field, IconButton, Select, TextInput } from '@amphi/ui';
import { Plus, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { canBeAsked, type Draft, type DraftQuestion, emptyDraft, emptyQuestion, toNewPoll } from './poll-draft.ts';
import { useStartPoll } from './use-start-poll.ts';

const KINDS = ['poll', 'quiz'] as const;
const WAYS = ['single-choice', 'multiple-choice'] as const;

/** Makes a poll or quiz and starts it. */
export function PollForm({ onDone }: { readonly onDone: () => void }) {
  const words = useWords();
  const { polls } = words;
  const { create } = usePolls();
  const start = useStartPoll();
  const attempt = useAttempt();
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const change = (changes: Partial<Draft>): void => setDraft((before) => ({ ...before, ...changes }));
  const changeQuestion = (place: number, changes: Partial<DraftQuestion>): void =>
    change({ questions: draft.questions.map((entry, i) => (i === place ? { ...entry, ...changes } : entry)) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!canBeAsked(draft)) return;
    attempt(
      words.failed.startPoll,
      create(toNewPoll(draft)).then((id) => {
        onDone();
        return start(id);
      }),
    );
  };
  return (
    <form
      onSubmit={submit}
      aria-label={polls.newPoll}
      className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto overscroll-contain p-3"
    >
      <Field label={polls.kind}>
        <Select
          value={draft.type}
          options={KINDS.map((value) => ({ value, label: polls.kinds[value] }))}
          onValueChange={(type) => change({ type })}
          data-testid="poll-kind"
        />
      </Field>
      <Field label={polls.title}>
        <TextInput
          value={draft.title}
          maxLength={200}
          onChange={(event) => change({ title: event.target.value })}
          data-testid="poll-title"
        />
      </Field>
      {draft.questions.map((question, place) => (
        <QuestionFields
          // biome-ignore lint/suspicious/noArrayIndexKey: a question is its place until it is sent
          key={place}
          number={place + 1}
          isQuiz={draft.type === 'quiz'}
          question={question}
          onChange={(changes) => changeQuestion(place, changes)}
          onRemove={
            draft.questions.length > 1
              ? () => change({ questions: draft.questions.filter((_, i) => i !== place) })
              : undefined
          }
        />
      ))}
      <Button
        variant="quiet"
        size="sm"
        icon={<Plus aria-hidden="true" />}
        onClick={() => change({ questions: [...draft.questions, emptyQuestion()] })}
      >
        {polls.anotherQuestion}
      </Button>
      <Checkbox
        label={polls.anonymous}
        hint={polls.anonymousHelp}
        checked={draft.isAnonymous}
        onCheckedChange={(isAnonymous) => change({ isAnonymous })}
      />
      <div className="flex gap-2">
        <Button type="submit" variant="primary" disabled={!canBeAsked(draft)} data-testid="poll-launch">
          {polls.start}
        </Button>
        <Button variant="quiet" onClick={onDone}>
          {words.ui.cancel}
        </Button>
      </div>
    </form>
  );
}

function QuestionFields({
  number,
  isQuiz,
  question,
  onChange,
  onRemove,
}: {
  readonly number: number;
  readonly isQuiz: boolean;
  readonly question: DraftQuestion;
  readonly onChange: (changes: Partial<DraftQuestion>) => void;
  readonly onRemove: (() => void) | undefined;
}) {
  const { polls } = useWords();
  const { text, type, options, correct } = question;
  const setOption = (place: number, value: string): void =>
    onChange({ options: options.map((option, i) => (i === place ? value : option)) });
  const toggleCorrect = (index: number, isRight: boolean): void => {
    const others = type === 'single-choice' ? [] : correct.filter((it) => it !== index);
    onChange({ correct: isRight ? [...others, index] : correct.filter((it) => it !== index) });
  };
  return (
    <fieldset className="flex flex-col gap-3 rounded-card border border-line p-3">
      <legend className="px-1 text-sm font-medium text-ink-soft">{polls.numbered(number)}</legend>
      <Field label={polls.question} hideLabel>
        <TextInput
          value={text}
          maxLength={1024}
          placeholder={polls.whatDoYouAsk}
          onChange={(event) => onChange({ text: event.target.value })}
          data-testid="poll-question-text"
        />
      </Field>
      <Field label={polls.answersField} hideLabel>
        <Select
          value={type}
          options={WAYS.map((value) => ({ value, label: polls.ways[value] }))}
          onValueChange={(way) => onChange({ type: way, correct: [] })}
        />
      </Field>
      {isQuiz && (
        <p className="text-sm text-ink-faint">{type === 'single-choice' ? polls.tickOne : polls.tickSeveral}</p>
      )}
      {options.map((option, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an option is its place until it is sent
        <div key={place} className="flex items-center gap-2">
          {isQuiz && (
            <input
              type="checkbox"
              aria-label={polls.isRight(place + 1)}
              checked={correct.includes(place + 1)}
              onChange={(event) => toggleCorrect(place + 1, event.target.checked)}
              className="size-5 shrink-0 accent-accent-fill"
              data-testid="poll-correct"
            />
          )}
          <TextInput
            aria-label={polls.answerNumbered(place + 1)}
            value={option}
            maxLength={1024}
            placeholder={polls.answerNumbered(place + 1)}
            onChange={(event) => setOption(place, event.target.value)}
            data-testid="poll-option-text"
          />
        </div>
      ))}
      <div className="flex gap-2">
        {options.length < 20 && (
          <Button
            variant="quiet"
            size="sm"
            icon={<Plus aria-hidden="true" />}
            onClick={() => onChange({ options: [...options, ''] })}
          >
            {polls.addAnswer}
          </Button>
        )}
        {onRemove && (
          <IconButton
            label={polls.removeQuestion(number)}
            size="sm"
            icon={<X />}
            onClick={onRemove}
            className="ms-auto"
          />
        )}
      </div>
    </fieldset>
  );
}
