import {
  BLOCKED_USERS,
  CHAT_STATE,
  type ChatMessage,
  HIDDEN_MESSAGES,
  moderatesChat,
  PINNED_MESSAGES,
  type PinnedMessage,
  type SessionState,
} from '@amphi/client';
import { useMemo } from 'react';
import { useSessionValue } from './room-hooks.ts';
import { useSession } from './session-context.tsx';
import { useSessionState } from './use-session-state.ts';

/** The rules of the chat as they are now, and what changes them. */
export interface ChatRulesView {
  readonly isOn: boolean;
  /** Who has paused it or let it go on, and when; undefined where nobody has said so. */
  readonly changedBy: { readonly name: string; readonly at: number; readonly isSelf: boolean } | undefined;
  /** At most three; the oldest first. */
  readonly pinned: readonly PinnedMessage[];
  /** Ids of messages that are not to be shown. */
  readonly hidden: ReadonlySet<string>;
  /** User ids of those who may not write. */
  readonly blocked: ReadonlySet<string>;
  /** Why we may not write now. */
  readonly silence: 'paused' | 'blocked' | undefined;
  /** We may pause, hide and block. */
  readonly mayModerate: boolean;
  readonly setOn: (isOn: boolean) => Promise<void>;
  readonly pin: (message: ChatMessage) => Promise<void>;
  readonly unpin: (messageId: string) => Promise<void>;
  readonly hide: (messageId: string) => Promise<void>;
  readonly setBlocked: (userId: string, isBlocked: boolean) => Promise<void>;
}

/** What moderators have decided about the chat, and how they decide it. Changes only when one of the rules does. */
export function useChatRules(): ChatRulesView {
  const session = useSession();
  const [state] = useSessionValue(CHAT_STATE);
  const [pinned = NO_PINS] = useSessionValue(PINNED_MESSAGES);
  const [hiddenIds] = useSessionValue(HIDDEN_MESSAGES);
  const [blockedIds] = useSessionValue(BLOCKED_USERS);
  const { peerId, userId, role } = useSessionState(selectSelf);
  return useMemo(() => {
    const mayModerate = role !== undefined && moderatesChat(role);
    const isOn = state?.enabled ?? true;
    const blocked = new Set(blockedIds);
    const isBlocked = blocked.has(userId);
    const by = state?.updatedBy;
    return {
      isOn,
      changedBy: by && { name: by.userName, at: state.updatedAt ?? 0, isSelf: by.peerId === peerId },
      pinned,
      hidden: new Set(hiddenIds),
      blocked,
      silence: mayModerate ? undefined : isBlocked ? 'blocked' : isOn ? undefined : 'paused',
      mayModerate,
      setOn: async (wanted) => session.chatRules.setChat(wanted),
      pin: async (message) => session.chatRules.pin(message),
      unpin: async (messageId) => session.chatRules.unpin(messageId),
      hide: async (messageId) => session.chatRules.hide(messageId),
      setBlocked: async (other, wanted) => session.chatRules.setBlocked(other, wanted),
    };
  }, [session, state, pinned, hiddenIds, blockedIds, peerId, userId, role]);
}

const NO_PINS: readonly PinnedMessage[] = [];
const selectSelf = (state: SessionState) => state.self;
