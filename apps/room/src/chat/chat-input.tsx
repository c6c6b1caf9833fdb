import { ClientError } from '@amphi/client';
import { useChat, useConnection } from '@amphi/react';
import { Field, IconButton, TextArea, useToaster } from '@amphi/ui';
import { SendHorizontal } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { isSendKey } from './send-key.ts';

/** Longest message, in characters as JavaScript counts them. */
const MAX_LENGTH = 2000;

const WAIT = 'The room takes no more messages of yours for a moment. Those that were not sent can be sent again.';

/** What is typed survives closing the pane, for as long as the page lives. */
let draft = '';

/** One message at a time: Enter sends, Shift+Enter begins a new line. */
export function ChatInput() {
  const { send } = useChat();
  const toaster = useToaster();
  const { status } = useConnection();
  const isJoined = status === 'joined';
  const [text, setText] = useState(draft);
  const excess = text.length - MAX_LENGTH;
  const canSend = isJoined && text.trim() !== '' && excess <= 0;

  const change = (value: string): void => {
    draft = value;
    setText(value);
  };
  const submit = (event: FormEvent | KeyboardEvent): void => {
    event.preventDefault();
    if (!canSend) return;
    change('');
    // A message that failed says so in the list.
    send(text.trim()).catch((error: unknown) => {
      if (error instanceof ClientError && error.serverCode === 429) {
        toaster.show({ id: 'chat-fast', tone: 'warn', title: 'Not so fast', description: WAIT });
      }
    });
  };
  const handleKey = (event: KeyboardEvent): void => {
    if (isSendKey(event.nativeEvent)) submit(event);
  };

  return (
    <form
      onSubmit={submit}
      className="flex shrink-0 items-end gap-2 border-t border-line p-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]"
    >
      <Field
        label="Message"
        hideLabel
        error={excess > 0 ? `${excess} characters too many` : undefined}
        className="min-w-0 flex-1"
      >
        <TextArea
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={handleKey}
          placeholder={isJoined ? 'Send a message' : status === 'left' ? 'The room is closed' : 'Reconnecting…'}
          enterKeyHint="send"
          data-testid="chat-input"
        />
      </Field>
      <IconButton
        type="submit"
        label="Send"
        tooltip={false}
        variant="primary"
        icon={<SendHorizontal />}
        disabled={!canSend}
        data-testid="chat-send"
      />
    </form>
  );
}
