import { classNames, IconButton, isolate } from '@amphi/ui';
import { ChevronDown, ChevronUp, Pin, PinOff } from 'lucide-react';
import { useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { MessageText } from './message-text.tsx';
import type { OfferedRules } from './use-offered-rules.ts';

/** Longer ones are cut to two lines. */
const SHORT = 75;

/** What is pinned, one at a time, the newest first. */
export function PinnedMessages({ rules }: { readonly rules: OfferedRules }) {
  const { pinned, mayPin, unpin } = rules;
  const words = useWords();
  const attempt = useAttempt();
  const [back, setBack] = useState(0);
  const [isWhole, setIsWhole] = useState(false);
  const step = Math.min(back, pinned.length - 1);
  const message = pinned.at(-1 - step);
  if (!message) return null;
  const isLong = message.text.length > SHORT;
  const show = (steps: number): void => {
    setBack(steps);
    setIsWhole(false);
  };
  return (
    <section
      aria-label={words.chat.pinned}
      className="pointer-events-auto flex shrink-0 items-start gap-2 border-b border-line bg-accent-wash px-3 py-2"
      data-testid="chat-pinned"
    >
      <Pin className="mt-1 size-4 shrink-0 text-accent" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p
          dir="auto"
          className={classNames('text-sm leading-snug break-words text-ink', isLong && !isWhole && 'line-clamp-2')}
        >
          <MessageText text={message.text} />
        </p>
        <p className="text-xs text-ink-soft">
          {message.pinnedBy ? words.chat.pinnedBy(isolate(message.pinnedBy)) : words.chat.pinnedByHost}
          {isLong && (
            <button
              type="button"
              aria-expanded={isWhole}
              onClick={() => setIsWhole(!isWhole)}
              className="ms-2 font-medium text-accent underline underline-offset-2"
            >
              {isWhole ? words.chat.less : words.chat.more}
            </button>
          )}
        </p>
      </div>
      {pinned.length > 1 && (
        <div className="flex shrink-0 items-center">
          <IconButton
            label={words.chat.olderPin}
            size="sm"
            tooltip={false}
            icon={<ChevronUp />}
            disabled={step === pinned.length - 1}
            onClick={() => show(step + 1)}
          />
          <IconButton
            label={words.chat.newerPin}
            size="sm"
            tooltip={false}
            icon={<ChevronDown />}
            disabled={step === 0}
            onClick={() => show(step - 1)}
          />
        </div>
      )}
      {mayPin && (
        <IconButton
          label={words.chat.takeDown}
          size="sm"
          tooltip={false}
          icon={<PinOff />}
          onClick={() => attempt(words.failed.unpin, unpin(message.id))}
          data-testid="chat-unpin"
        />
      )}
    </section>
  );
}
