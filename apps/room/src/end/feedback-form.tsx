import type { Feedback } from '@amphi/client';
import { Button, ErrorNotice, Field, RadioCards, TextArea } from '@amphi/ui';
import { type FormEvent, useState } from 'react';
import { errorText } from '../words/error-text.ts';
import { useWords } from '../words/speaking.tsx';

/** From the worst to the best. */
const GRADES = [
  { value: '1', glyph: '😞' },
  { value: '2', glyph: '🙁' },
  { value: '3', glyph: '😐' },
  { value: '4', glyph: '🙂' },
  { value: '5', glyph: '😀' },
] as const;
type Grade = (typeof GRADES)[number]['value'];

type Progress = { readonly name: 'asking' | 'sending' | 'sent' } | { readonly name: 'failed'; readonly error: unknown };

/**
 * Asks how it was: a grade, and words for those who have some.
 * @param props.question in the owner's words; undefined: in ours
 */
export function FeedbackForm({
  question: asked,
  onSend,
}: {
  readonly question: string | undefined;
  readonly onSend: (feedback: Feedback) => Promise<void>;
}) {
  const words = useWords();
  const { feedback } = words;
  const question = asked ?? feedback.question;
  const [grade, setGrade] = useState<Grade>();
  const [comment, setComment] = useState('');
  const [progress, setProgress] = useState<Progress>({ name: 'asking' });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (grade === undefined) return;
    setProgress({ name: 'sending' });
    onSend({ rating: Number(grade), question, comment: comment.trim() }).then(
      () => setProgress({ name: 'sent' }),
      (error: unknown) => setProgress({ name: 'failed', error }),
    );
  };
  return (
    <section aria-label={question} className="w-full max-w-md border-t border-line pt-6" data-testid="feedback">
      {/* There before it is filled, so that it is read when it is. */}
      <p role="status" className="text-center text-ink-soft empty:hidden" data-testid="feedback-thanks">
        {progress.name === 'sent' && feedback.thanks}
      </p>
      {progress.name !== 'sent' && (
        <form onSubmit={send} className="flex flex-col gap-4 text-start">
          <h2 dir="auto" className="text-center text-base font-medium text-balance text-ink">
            {question}
          </h2>
          <RadioCards<Grade | ''>
            value={grade ?? ''}
            label={question}
            shape="compact"
            className="sm:grid-cols-2"
            options={GRADES.map(({ value, glyph }) => ({
              value,
              title: feedback.grades[value],
              picture: <span className="text-xl">{glyph}</span>,
              testId: `feedback-${value}`,
            }))}
            onValueChange={(value) => value !== '' && setGrade(value)}
          />
          {grade !== undefined && (
            <>
              <Field label={feedback.more} optional>
                <TextArea
                  value={comment}
                  rows={2}
                  maxLength={1024}
                  onChange={(event) => setComment(event.target.value)}
                  data-testid="feedback-comment"
                />
              </Field>
              {progress.name === 'failed' && (
                <ErrorNotice title={words.failed.feedback} message={errorText(words, progress.error)} />
              )}
              <Button type="submit" busy={progress.name === 'sending'} data-testid="feedback-send">
                {feedback.send}
              </Button>
            </>
          )}
        </form>
      )}
    </section>
  );
}
