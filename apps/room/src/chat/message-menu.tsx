import type { ChatMessage, Recipients } from '@amphi/client';
import { useModeration, useRole } from '@amphi/react';
import { ConfirmDialog, copyText, IconButton, isolate, Menu, MenuItem, MenuSeparator, useToaster } from '@amphi/ui';
import {
  Copy,
  EllipsisVertical,
  EyeOff,
  MessageCircleOff,
  MessageCirclePlus,
  Pin,
  PinOff,
  Reply,
  UserX,
} from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { useLook } from '../look/look.tsx';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { answerTo } from './recipients.ts';
import type { OfferedRules } from './use-offered-rules.ts';

interface MessageMenuProps {
  readonly message: ChatMessage;
  readonly rules: OfferedRules;
  readonly onAnswer: (recipients: Recipients) => void;
}

/**
 * What can be done with a message: answer, copy; for those who run the room pin, hide, block, remove. A busy chat has dozens of new
 * rows a second, and hardly any menu is opened: until then there is its button alone.
 */
export function MessageMenu(props: MessageMenuProps) {
  const [isAskedFor, setIsAskedFor] = useState(false);
  if (isAskedFor) return <MadeMenu {...props} />;
  return (
    <MenuButton
      message={props.message}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={() => setIsAskedFor(true)}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowDown') return;
        event.preventDefault();
        setIsAskedFor(true);
      }}
    />
  );
}

function MenuButton({ message, ...rest }: { readonly message: ChatMessage } & ComponentProps<'button'>) {
  const words = useWords();
  const { sender } = message;
  return (
    <IconButton
      {...rest}
      label={sender.isSelf ? words.chat.actionsOwn : words.chat.actions(isolate(sender.name || words.thisPerson))}
      tooltip={false}
      size="sm"
      icon={<EllipsisVertical />}
      data-testid="message-menu"
    />
  );
}

function MadeMenu({ message, rules, onAnswer }: MessageMenuProps) {
  const words = useWords();
  const { can } = useRole();
  const { removePeer } = useModeration();
  const attempt = useAttempt();
  const toaster = useToaster();
  const [asksToRemove, setAsksToRemove] = useState(false);
  const { sender, id } = message;
  const name = sender.name || words.thisPerson;
  const { privateChat = true } = useLook();
  const answer = rules.silence === undefined && privateChat ? answerTo(message) : undefined;
  const isPinned = rules.pinned.some((pinned) => pinned.id === id);
  const { userId, peerId } = sender;
  const isBlocked = userId !== undefined && rules.blocked.has(userId);
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(message.text);
    toaster.show({ id: 'copied', title: isCopied ? words.chat.copied : words.chat.notCopied });
  };
  return (
    <>
      <Menu startsOpen trigger={<MenuButton message={message} />}>
        {answer && (
          <MenuItem
            icon={<Reply className="rtl:-scale-x-100" />}
            onSelect={() => onAnswer(answer)}
            data-testid="message-answer"
          >
            {words.chat.answer}
          </MenuItem>
        )}
        <MenuItem icon={<Copy />} onSelect={() => void copy()} data-testid="message-copy">
          {words.chat.copy}
        </MenuItem>
        {rules.mayPin && message.recipients.to === 'everyone' && (
          <MenuItem
            icon={isPinned ? <PinOff /> : <Pin />}
            onSelect={() => attempt(words.failed.pin, isPinned ? rules.unpin(id) : rules.pin(message))}
            data-testid="message-pin"
          >
            {isPinned ? words.chat.unpin : words.chat.pin}
          </MenuItem>
        )}
        {rules.mayModerate && (
          <>
            <MenuSeparator />
            <MenuItem
              icon={<EyeOff />}
              danger
              onSelect={() => attempt(words.failed.hide, rules.hide(id))}
              data-testid="message-hide"
            >
              {words.chat.hide}
            </MenuItem>
          </>
        )}
        {rules.mayModerate && !sender.isSelf && userId !== undefined && (
          <MenuItem
            icon={isBlocked ? <MessageCirclePlus /> : <MessageCircleOff />}
            danger={!isBlocked}
            onSelect={() => attempt(words.failed.that, rules.setBlocked(userId, !isBlocked))}
            data-testid="message-block"
          >
            {isBlocked ? words.chat.unblock : words.chat.block}
          </MenuItem>
        )}
        {can('removeOthers') && !sender.isSelf && peerId !== undefined && (
          <MenuItem icon={<UserX />} danger onSelect={() => setAsksToRemove(true)} data-testid="message-remove-person">
            {words.people.removeMore}
          </MenuItem>
        )}
      </Menu>
      {peerId !== undefined && (
        <ConfirmDialog
          open={asksToRemove}
          onOpenChange={setAsksToRemove}
          title={words.people.askRemove(isolate(name))}
          description={words.people.removeHelp}
          confirmLabel={words.people.remove}
          onConfirm={() => attempt(words.failed.remove(isolate(name)), removePeer(peerId))}
        />
      )}
    </>
  );
}
