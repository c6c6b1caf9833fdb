import type { ChatMessage, Recipients } from '@amphi/client';
import { type ChatRulesView, useModeration, useRole } from '@amphi/react';
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
import { useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { answerTo } from './recipients.ts';

/** What can be done with a message: answer, copy; for those who run the room pin, hide, block, remove. */
export function MessageMenu({
  message,
  rules,
  onAnswer,
}: {
  readonly message: ChatMessage;
  readonly rules: ChatRulesView;
  readonly onAnswer: (recipients: Recipients) => void;
}) {
  const { can } = useRole();
  const { removePeer } = useModeration();
  const attempt = useAttempt();
  const toaster = useToaster();
  const [asksToRemove, setAsksToRemove] = useState(false);
  const { sender, id } = message;
  const name = sender.name || 'This person';
  const answer = rules.silence === undefined ? answerTo(message) : undefined;
  const isPinned = rules.pinned.some((pinned) => pinned.id === id);
  const { userId, peerId } = sender;
  const isBlocked = userId !== undefined && rules.blocked.has(userId);
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(message.text);
    toaster.show({ id: 'copied', title: isCopied ? 'Message copied' : 'The browser does not let us copy' });
  };
  return (
    <>
      <Menu
        trigger={
          <IconButton
            label={`Actions for the message of ${sender.isSelf ? 'yours' : name}`}
            tooltip={false}
            size="sm"
            icon={<EllipsisVertical />}
            data-testid="message-menu"
          />
        }
      >
        {answer && (
          <MenuItem icon={<Reply />} onSelect={() => onAnswer(answer)} data-testid="message-answer">
            Answer privately
          </MenuItem>
        )}
        <MenuItem icon={<Copy />} onSelect={() => void copy()} data-testid="message-copy">
          Copy
        </MenuItem>
        {rules.mayModerate && message.recipients.to === 'everyone' && (
          <MenuItem
            icon={isPinned ? <PinOff /> : <Pin />}
            onSelect={() => attempt('The message could not be pinned', isPinned ? rules.unpin(id) : rules.pin(message))}
            data-testid="message-pin"
          >
            {isPinned ? 'Take the pin down' : 'Pin for everyone'}
          </MenuItem>
        )}
        {rules.mayModerate && (
          <>
            <MenuSeparator />
            <MenuItem
              icon={<EyeOff />}
              danger
              onSelect={() => attempt('The message could not be hidden', rules.hide(id))}
              data-testid="message-hide"
            >
              Hide for everyone
            </MenuItem>
          </>
        )}
        {rules.mayModerate && !sender.isSelf && userId !== undefined && (
          <MenuItem
            icon={isBlocked ? <MessageCirclePlus /> : <MessageCircleOff />}
            danger={!isBlocked}
            onSelect={() => attempt('That did not work', rules.setBlocked(userId, !isBlocked))}
            data-testid="message-block"
          >
            {isBlocked ? 'Let them write again' : 'Block from the chat'}
          </MenuItem>
        )}
        {can('removeOthers') && !sender.isSelf && peerId !== undefined && (
          <MenuItem icon={<UserX />} danger onSelect={() => setAsksToRemove(true)} data-testid="message-remove-person">
            Remove from the room…
          </MenuItem>
        )}
      </Menu>
      {peerId !== undefined && (
        <ConfirmDialog
          open={asksToRemove}
          onOpenChange={setAsksToRemove}
          title={`Remove ${isolate(name)}?`}
          description="They leave at once and are told so. With a join link they can come in again."
          confirmLabel="Remove"
          onConfirm={() => attempt(`${isolate(name)} could not be removed`, removePeer(peerId))}
        />
      )}
    </>
  );
}
