import type { Recipients } from '@amphi/client';
import { useChat } from '@amphi/react';
import { classNames, EmptyState } from '@amphi/ui';
import { ArrowDown, MessagesSquare } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useWords } from '../words/speaking.tsx';
import { ChatInput } from './chat-input.tsx';
import { ChatMessageRow } from './chat-message-row.tsx';
import { ChatOff } from './chat-off.tsx';
import { EarlierMessages } from './earlier-messages.tsx';
import { PinnedMessages } from './pinned-messages.tsx';
import { EVERYONE } from './recipients.ts';
import { useOfferedRules } from './use-offered-rules.ts';
import { useShownMessages } from './use-shown-messages.ts';

/** Closer to the end than this counts as being at the end. */
const AT_END_PX = 48;
/** Closer to the beginning than this, what is before it is shown. */
const AT_BEGINNING_PX = 400;

/**
 * A `pane` of its own; or `on-picture`: messages lie on what is above, and only what one writes with takes room; or that as
 * `input-alone`, without messages.
 */
export type ChatPlace = 'pane' | 'on-picture' | 'input-alone';

/** What is said in the room, and where one says it. */
export function ChatPanel({
  place,
  actions,
}: {
  readonly place: ChatPlace;
  /** Stand where one writes, also while one may not. */
  readonly actions?: ReactNode;
}) {
  const words = useWords();
  const isOnPicture = place !== 'pane';
  const { messages: all, history, loadEarlier } = useChat();
  const rules = useOfferedRules();
  const { hidden } = rules;
  const messages = useMemo(() => (hidden.size === 0 ? all : all.filter(({ id }) => !hidden.has(id))), [all, hidden]);
  const [recipients, setRecipients] = useState<Recipients>(EVERYONE);
  const list = useRef<HTMLDivElement>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const { shown, before, showEarlier } = useShownMessages(messages, isAtEnd);
  const first = shown[0];
  const last = messages.at(-1);
  /** From the end of the list to where one reads: it stays so when earlier messages come in front. */
  const belowView = useRef(0);

  const scrollToEnd = useCallback(() => {
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new first message is what moves the list
  useLayoutEffect(() => {
    const element = list.current;
    if (element && !isAtEnd) element.scrollTop = element.scrollHeight - belowView.current;
  }, [first?.id]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last message is what moves the list
  useLayoutEffect(() => {
    if (isAtEnd || last?.sender.isSelf) scrollToEnd();
  }, [last?.id, isAtEnd, scrollToEnd]);

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    // A keyboard that comes up makes the list smaller; its end stays in sight.
    const observer = new ResizeObserver(() => {
      if (isAtEnd) scrollToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isAtEnd, scrollToEnd]);

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        className={classNames(
          'flex min-h-0 flex-col',
          isOnPicture ? 'pointer-events-none absolute inset-x-0 bottom-full h-[34dvh] justify-end' : 'flex-1',
          place === 'input-alone' && 'hidden',
        )}
      >
        <PinnedMessages rules={rules} />
        <div className={classNames('relative min-h-0', isOnPicture ? 'flex max-h-full flex-col' : 'flex-1')}>
          <div
            ref={list}
            role="log"
            aria-label={words.chat.messages}
            aria-live="polite"
            aria-relevant="additions"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard
            tabIndex={0}
            onScroll={(event) => {
              const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
              setIsAtEnd(scrollHeight - scrollTop - clientHeight < AT_END_PX);
              belowView.current = scrollHeight - scrollTop;
              if (before !== undefined && scrollTop < AT_BEGINNING_PX) showEarlier();
            }}
            className={classNames(
              // Where one reads is kept by us: browsers differ in it at the list's beginning.
              'overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:-outline-offset-2',
              // Rows one below the other: many of them are laid out faster as blocks.
              (isOnPicture || shown.length === 0) && 'flex flex-col',
              isOnPicture ? 'pointer-events-auto max-h-full min-h-0 px-2 py-2' : 'h-full px-4 py-3',
            )}
            data-testid="chat-list"
          >
            {history.hasEarlier && before === undefined && !isOnPicture && (
              <EarlierMessages isLoading={history.isLoading} onLoad={loadEarlier} />
            )}
            {messages.length === 0 && !history.isLoading && !isOnPicture && (
              <EmptyState
                icon={<MessagesSquare />}
                title={words.chat.empty}
                description={words.chat.emptyHelp}
                className="m-auto"
              />
            )}
            {shown.map((message, index) => (
              <ChatMessageRow
                key={message.id}
                message={message}
                previous={shown[index - 1] ?? before}
                rules={rules}
                isOnPicture={isOnPicture}
                onAnswer={setRecipients}
              />
            ))}
          </div>
          {!isAtEnd && messages.length > 0 && (
            <button
              type="button"
              onClick={scrollToEnd}
              className="pointer-events-auto absolute bottom-3 left-1/2 inline-flex min-h-9 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent-fill px-3.5 text-sm font-medium text-on-accent shadow-raised pointer-coarse:min-h-11"
              data-testid="chat-jump"
            >
              <ArrowDown className="size-4" aria-hidden="true" />
              {words.chat.newest}
            </button>
          )}
        </div>
      </div>
      {rules.silence === undefined ? (
        <ChatInput
          rules={rules}
          recipients={recipients}
          onRecipients={setRecipients}
          isLow={isOnPicture}
          actions={actions}
        />
      ) : (
        <ChatOff rules={rules} actions={actions} />
      )}
    </div>
  );
}
