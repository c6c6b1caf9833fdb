import { type ChatMessage, levelOfPeer } from '@amphi/client';
import { useChat, useSessionState } from '@amphi/react';
import { classNames } from '@amphi/ui';
import { RotateCcw } from 'lucide-react';
import { formatTimeOfDay } from '../page/format-time.ts';
import { textParts } from './text-parts.ts';

/** Messages of one person within this time stand under one name. */
const TOGETHER_MS = 3 * 60_000;

/** One message: who, when, what; for an own one that failed, the way to send it again. */
export function ChatMessageRow({
  message,
  previous,
}: {
  readonly message: ChatMessage;
  readonly previous: ChatMessage | undefined;
}) {
  const { retry } = useChat();
  const { sender } = message;
  const isOnStage = useSessionState((state) => {
    const peer = sender.peerId === undefined ? undefined : state.peers[sender.peerId];
    return sender.isSelf ? state.self.level === 'stage' : peer !== undefined && levelOfPeer(state, peer) === 'stage';
  });
  const isContinued =
    previous !== undefined &&
    previous.sender.peerId === sender.peerId &&
    previous.recipients.to === message.recipients.to &&
    message.sentAt - previous.sentAt < TOGETHER_MS;
  const name = sender.isSelf ? 'You' : sender.name || 'The room';
  const time = formatTimeOfDay(message.sentAt);
  return (
    <article
      data-testid="chat-message"
      data-own={sender.isSelf}
      data-delivery={message.delivery}
      className={classNames('flex flex-col', isContinued ? 'mt-1' : 'mt-4 first:mt-0')}
    >
      <p className={classNames('flex items-baseline gap-2 text-sm', isContinued && 'sr-only')}>
        <bdi className={classNames('truncate font-semibold', sender.isSelf ? 'text-accent' : 'text-ink')}>{name}</bdi>
        {isOnStage && <span className="shrink-0 text-xs font-medium text-live">on stage</span>}
        {message.recipients.to !== 'everyone' && <span className="shrink-0 text-xs text-dusk">private</span>}
        <time dateTime={isoTime(message.sentAt)} className="ml-auto shrink-0 text-xs text-ink-faint">
          {time}
        </time>
      </p>
      <p
        dir="auto"
        data-testid="chat-text"
        className={classNames(
          'text-[0.9375rem] leading-snug break-words whitespace-pre-wrap text-ink',
          message.delivery === 'sending' && 'opacity-60',
        )}
      >
        {textParts(message.text).map((part, index) =>
          part.kind === 'link' ? (
            <a
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never change
              key={index}
              href={part.url}
              target="_blank"
              rel="noopener noreferrer nofollow"
              className="break-all text-accent underline underline-offset-2"
            >
              {part.text}
            </a>
          ) : (
            part.text
          ),
        )}
      </p>
      {message.delivery === 'failed' && (
        <p className="mt-0.5 flex items-center gap-2 text-sm text-danger">
          Not sent.
          <button
            type="button"
            onClick={() => void retry(message.id).catch(() => {})}
            className="inline-flex min-h-9 items-center gap-1 font-medium underline underline-offset-2"
            data-testid="chat-retry"
          >
            <RotateCcw className="size-3.5" aria-hidden="true" />
            Send again
          </button>
        </p>
      )}
    </article>
  );
}

function isoTime(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : '';
}
