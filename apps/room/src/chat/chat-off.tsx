import type { ChatRulesView } from '@amphi/react';
import { MessageCircleOff } from 'lucide-react';
import type { ReactNode } from 'react';

/** Where one would write: why one may not. */
export function ChatOff({ rules, actions }: { readonly rules: ChatRulesView; readonly actions?: ReactNode }) {
  const { silence, changedBy } = rules;
  return (
    <div
      className="flex shrink-0 items-center gap-2 border-t border-line p-4 pb-[max(1rem,env(safe-area-inset-bottom))] text-sm text-ink-soft"
      data-testid="chat-off"
      data-silence={silence}
    >
      <MessageCircleOff className="size-4.5 shrink-0" aria-hidden="true" />
      <p role="status" className="min-w-0 flex-1">
        {silence === 'blocked' ? (
          'The host has blocked you from writing. You still see what others write.'
        ) : (
          <>
            Chat is paused{changedBy && ' by '}
            {changedBy && <bdi>{changedBy.name || 'the host'}</bdi>}. It goes on when they resume it.
          </>
        )}
      </p>
      {actions}
    </div>
  );
}
