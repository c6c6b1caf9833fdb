import { type ChatMessage, levelOfPeer, type Recipients } from '@amphi/client';
import { useSession, useSessionState } from '@amphi/react';
import { classNames } from '@amphi/ui';
import { RotateCcw } from 'lucide-react';
import { memo } from 'react';
import { useWords } from '../words/speaking.tsx';
import { namesUs } from './mentions.ts';
import { MessageMenu } from './message-menu.tsx';
import { MessageText } from './message-text.tsx';
import { addresseeOf } from './recipients.ts';
import type { OfferedRules } from './use-offered-rules.ts';

/** Messages of one person within this time stand under one name. */
const TOGETHER_MS = 3 * 60_000;

/**
 * One message: who, when, to whom, what; what can be done with it; for an own one that failed, the way to send it again.
 * Drawn again only when something about it changes: hundreds of others stand beside it.
 */
export const ChatMessageRow = memo(function ChatMessageRow({
  message,
  previous,
  rules,
  isOnPicture,
  onAnswer,
}: {
  readonly message: ChatMessage;
  readonly previous: ChatMessage | undefined;
  readonly rules: OfferedRules;
  /** Takes no more of what is behind it than its words need, and leaves free the side where the stream has its names. */
  readonly isOnPicture: boolean;
  readonly onAnswer: (recipients: Recipients) => void;
}) {
  const words = useWords();
  const session = useSession();
  const { sender } = message;
  const isOnStage = useSessionState((state) => {
    const peer = sender.peerId === undefined ? undefined : state.peers[sender.peerId];
    return sender.isSelf ? state.self.level === 'stage' : peer !== undefined && levelOfPeer(state, peer) === 'stage';
  });
  const addressee = useSessionState((state) => addresseeOf(words, message, (peerId) => state.peers[peerId]?.name));
  const named = useSessionState(({ self }) => (namesUs(message, self) ? self.name : undefined));
  const isContinued =
    previous !== undefined &&
    previous.sender.peerId === sender.peerId &&
    previous.recipients.to === message.recipients.to &&
    message.recipients.to === 'everyone' &&
    message.sentAt - previous.sentAt < TOGETHER_MS;
  const name = sender.isSelf ? words.you : sender.name || words.chat.theRoom;
  const time = words.format.moment(message.sentAt, Date.now());
  return (
    <article
      data-testid="chat-message"
      data-own={sender.isSelf}
      data-delivery={message.delivery}
      data-names-us={named !== undefined}
      className={classNames(
        'group relative flex shrink-0 flex-col [contain:layout_style]',
        isOnPicture
          ? 'mt-1 w-fit max-w-[70%] self-end rounded-control rtl:self-start bg-black/65 py-1 ps-2.5 pe-12 first:mt-0'
          : isContinued
            ? 'mt-1'
            : 'mt-4 first:mt-0',
        named !== undefined &&
          !isOnPicture &&
          '-mx-2 rounded-control border-s-2 border-accent bg-accent-wash px-2 py-0.5',
      )}
    >
      {/* The end of the line is the menu's. */}
      <p
        className={classNames('flex items-baseline gap-2 pe-9 text-sm pointer-coarse:pe-11', isContinued && 'sr-only')}
      >
        <bdi className={classNames('truncate font-semibold', sender.isSelf ? 'text-accent' : 'text-ink')}>{name}</bdi>
        {isOnStage && <span className="shrink-0 text-xs font-medium text-live">{words.chat.onStage}</span>}
        {addressee !== undefined && (
          <bdi className="truncate text-xs text-dusk" data-testid="chat-addressee">
            {addressee}
          </bdi>
        )}
        <time
          dateTime={isoTime(message.sentAt)}
          className={classNames('shrink-0 text-xs text-ink-faint', isOnPicture && 'sr-only')}
        >
          {time}
        </time>
      </p>
      {named !== undefined && <p className="sr-only">{words.chat.mentionsYou}</p>}
      <p
        dir="auto"
        data-testid="chat-text"
        className={classNames(
          'text-[0.9375rem] leading-snug break-words whitespace-pre-wrap text-ink',
          message.delivery === 'sending' && 'opacity-60',
        )}
      >
        <MessageText text={message.text} named={named} />
      </p>
      {message.delivery === 'failed' && (
        <p className="mt-0.5 flex items-center gap-2 text-sm text-danger">
          {words.chat.notSent}
          <button
            type="button"
            onClick={() => void session.retryMessage(message.id).catch(() => {})}
            className="inline-flex min-h-9 items-center gap-1 font-medium underline underline-offset-2"
            data-testid="chat-retry"
          >
            <RotateCcw className="size-3.5" aria-hidden="true" />
            {words.chat.sendAgain}
          </button>
        </p>
      )}
      {message.delivery === 'sent' && (
        <div
          className={classNames(
            'absolute -top-1 end-0 rounded-full opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-data-[state=open]:opacity-100 pointer-coarse:opacity-100',
            !isOnPicture && 'bg-card',
          )}
        >
          <MessageMenu message={message} rules={rules} onAnswer={onAnswer} />
        </div>
      )}
    </article>
  );
});

function isoTime(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : '';
}
