import { ClientError, type Recipients } from '@amphi/client';
import { type ChatRulesView, useChat, useConnection, useSessionState } from '@amphi/react';
import { classNames, Field, IconButton, TextArea, useToaster } from '@amphi/ui';
import { SendHorizontal } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useLook } from '../look/look.tsx';
import { useWords } from '../words/speaking.tsx';
import { ChatSwitch } from './chat-switch.tsx';
import { MentionList } from './mention-list.tsx';
import { RecipientPicker } from './recipient-picker.tsx';
import { EVERYONE } from './recipients.ts';
import { isSendKey } from './send-key.ts';
import { useMentioning } from './use-mentioning.ts';

/** Longest message, in characters as JavaScript counts them. */
const MAX_LENGTH = 2000;

/** What is typed survives closing the pane, for as long as the page lives. */
let draft = '';

/** One message at a time: Enter sends, Shift+Enter begins a new line. */
export function ChatInput({
  rules,
  recipients,
  onRecipients,
  isLow = false,
  actions,
}: {
  readonly rules: ChatRulesView;
  readonly recipients: Recipients;
  readonly onRecipients: (recipients: Recipients) => void;
  /** One row until somebody writes. */
  readonly isLow?: boolean;
  readonly actions?: ReactNode;
}) {
  const words = useWords();
  const { chatPlaceholder } = useLook();
  const { send } = useChat();
  const toaster = useToaster();
  const { status } = useConnection();
  const isJoined = status === 'joined';
  const [text, setText] = useState(draft);
  const excess = text.length - MAX_LENGTH;
  const canSend = isJoined && text.trim() !== '' && excess <= 0;

  const isGone = useSessionState(({ peers }) => recipients.to === 'peer' && peers[recipients.peerId] === undefined);
  useEffect(() => {
    // Nothing meant for one person goes to all by mistake: what was typed waits for another look.
    if (isGone) onRecipients(EVERYONE);
  }, [isGone, onRecipients]);

  const change = (value: string): void => {
    draft = value;
    setText(value);
  };
  const input = useRef<HTMLTextAreaElement>(null);
  const mentioning = useMentioning(input, recipients, change);
  const submit = (event: FormEvent | KeyboardEvent): void => {
    event.preventDefault();
    if (!canSend) return;
    const mentions = mentioning.mentionedIn(text);
    mentioning.forget();
    mentioning.close();
    change('');
    // A message that failed says so in the list.
    send(text.trim(), recipients, { mentions }).catch((error: unknown) => {
      if (!(error instanceof ClientError)) return;
      if (error.serverCode === 429) {
        toaster.show({ id: 'chat-fast', tone: 'warn', title: words.chat.tooFast, description: words.chat.tooFastHelp });
      } else if (error.serverCode === 404) {
        toaster.show({ id: 'chat-gone', tone: 'warn', title: words.chat.hasLeft });
      }
    });
  };
  const handleKey = (event: KeyboardEvent): void => {
    if (mentioning.handleKey(event)) return;
    if (isSendKey(event.nativeEvent)) submit(event);
  };

  return (
    <form
      onSubmit={submit}
      className={classNames(
        'group/input relative shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]',
        !isLow && 'border-t border-line pt-1.5',
      )}
    >
      {mentioning.people.length > 0 && (
        <MentionList
          id={mentioning.id}
          people={mentioning.people}
          activeIndex={mentioning.activeIndex}
          onChoose={mentioning.choose}
        />
      )}
      <p role="status" className="sr-only">
        {mentioning.people.length > 0 && words.chat.mentionsFound(mentioning.people.length)}
      </p>
      <div
        className={classNames(
          'items-center justify-between gap-2 pb-1',
          isLow && recipients.to === 'everyone'
            ? 'hidden group-focus-within/input:flex group-has-data-[state=open]/input:flex'
            : 'flex',
        )}
      >
        <RecipientPicker recipients={recipients} onChange={onRecipients} />
        <span className="flex shrink-0 items-center">
          {rules.mayModerate && <ChatSwitch rules={rules} />}
          {!isLow && actions}
        </span>
      </div>
      <div className="flex items-end gap-2">
        {isLow && actions}
        <Field
          label={words.chat.message}
          hideLabel
          error={excess > 0 ? words.chat.tooLong(excess) : undefined}
          className="min-w-0 flex-1"
        >
          <TextArea
            ref={input}
            value={text}
            onChange={(event) => {
              change(event.target.value);
              mentioning.look();
            }}
            onSelect={mentioning.look}
            onBlur={mentioning.close}
            onKeyDown={handleKey}
            {...mentioning.field}
            placeholder={
              isJoined ? (chatPlaceholder ?? words.chat.write) : status === 'left' ? words.chat.closed : words.chat.away
            }
            enterKeyHint="send"
            data-testid="chat-input"
          />
        </Field>
        <IconButton
          type="submit"
          label={words.chat.send}
          tooltip={false}
          variant="primary"
          icon={<SendHorizontal className="rtl:-scale-x-100" />}
          disabled={!canSend}
          data-testid="chat-send"
        />
      </div>
    </form>
  );
}
