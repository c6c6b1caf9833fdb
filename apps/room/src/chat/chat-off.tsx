import type { ChatRulesView } from '@amphi/react';
import { isolate } from '@amphi/ui';
import { MessageCircleOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { useWords } from '../words/speaking.tsx';

/** Where one would write: why one may not. */
export function ChatOff({ rules, actions }: { readonly rules: ChatRulesView; readonly actions?: ReactNode }) {
  const words = useWords();
  const { silence, changedBy } = rules;
  const by = changedBy?.name ? words.chat.pausedBy(isolate(changedBy.name)) : words.chat.pausedByHost;
  const paused = changedBy ? by : words.chat.paused;
  return (
    <div
      className="flex shrink-0 items-center gap-2 border-t border-line p-4 pb-[max(1rem,env(safe-area-inset-bottom))] text-sm text-ink-soft"
      data-testid="chat-off"
      data-silence={silence}
    >
      <MessageCircleOff className="size-4.5 shrink-0" aria-hidden="true" />
      <p role="status" className="min-w-0 flex-1">
        {silence === 'blocked' ? words.chat.blocked : paused}
      </p>
      {actions}
    </div>
  );
}
