import { type ChatRulesView, useChatRules } from '@amphi/react';
import { useMemo } from 'react';
import { useLook } from '../look/look.tsx';

/** The rules of the chat, and which of the ways to change them are offered here. */
export interface OfferedRules extends ChatRulesView {
  readonly mayPin: boolean;
}

/** What the role may do, as far as the owner of the room has left it in the chat. */
export function useOfferedRules(): OfferedRules {
  const rules = useChatRules();
  const { pinsMessages = true, moderatesChat = true } = useLook();
  return useMemo(
    () => ({
      ...rules,
      mayModerate: rules.mayModerate && moderatesChat,
      mayPin: rules.mayModerate && pinsMessages,
    }),
    [rules, pinsMessages, moderatesChat],
  );
}
