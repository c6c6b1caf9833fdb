import {
  BLOCKED_USERS,
  CHAT_STATE,
  type ChatState,
  HIDDEN_MESSAGES,
  MAX_PINNED_MESSAGES,
  PINNED_MESSAGES,
  type PinnedMessage,
} from '@amphi/protocol';
import { expectPermission, type SessionContext } from '../session-context.ts';
import type { ChatMessage } from '../state.ts';
import type { Values } from './values.ts';

/** What the server takes under the key of pinned messages, in bytes of JSON. */
const PINNED_BYTES = 1_024;
/** So many ids fit what the server takes; older messages have left everyone's list long before. */
const IDS_KEPT = 300;

/** In code points: nothing that fits is longer. */
const LONGEST_TEXT = PINNED_BYTES;

const encoder = new TextEncoder();

/**
 * The rules of the chat, kept for everyone in the session store under the names that other ready-made rooms use, too. To
 * see them, watch their keys (`CHAT_STATE`, `PINNED_MESSAGES`, …). All but pinning needs the permission `removeOthers`.
 */
export class ChatRules {
  readonly #context: SessionContext;
  readonly #values: Values;

  constructor(context: SessionContext, values: Values) {
    this.#context = context;
    this.#values = values;
  }

  /** Off: nobody but moderators may write, which the server sees to. */
  async setChat(isOn: boolean): Promise<void> {
    this.#expectModerator();
    const { peerId, name } = this.#context.store.get().self;
    const updatedAt = this.#context.clock.now();
    const state: ChatState = { enabled: isOn, updatedBy: { peerId, userName: name }, updatedAt };
    await this.#values.set(CHAT_STATE.key, state, undefined);
  }

  /** Stands above the chat for everyone; of more than three, the oldest goes. What is too long is cut. */
  async pin(message: Pick<ChatMessage, 'id' | 'text' | 'sender'>): Promise<void> {
    const { id, text, sender } = message;
    const pinned = { id, text: `${sender.name}: ${text}`, pinnedBy: this.#context.store.get().self.name };
    await this.#values.change(PINNED_MESSAGES, (before = []) =>
      fitting([...before.filter((other) => other.id !== id), pinned].slice(-MAX_PINNED_MESSAGES)),
    );
  }

  /** Takes a message down again. */
  async unpin(messageId: string): Promise<void> {
    await this.#values.change(PINNED_MESSAGES, (before = []) => before.filter(({ id }) => id !== messageId));
  }

  /** Nobody sees the message any more. A pinned one is taken down. */
  async hide(messageId: string): Promise<void> {
    this.#expectModerator();
    await this.#values.change(HIDDEN_MESSAGES, (before) => withId(before, messageId));
    if (this.#values.read(PINNED_MESSAGES)?.some(({ id }) => id === messageId)) await this.unpin(messageId);
  }

  /** Whoever has this user id may write no more, also after coming back, until it is let again. */
  async setBlocked(userId: string, isBlocked: boolean): Promise<void> {
    this.#expectModerator();
    await this.#values.change(BLOCKED_USERS, (before = []) =>
      isBlocked ? withId(before, userId) : before.filter((other) => other !== userId),
    );
  }

  #expectModerator(): void {
    expectPermission(this.#context, 'removeOthers');
  }
}

function withId(ids: readonly string[] = [], id: string): readonly string[] {
  return [...ids.filter((other) => other !== id), id].slice(-IDS_KEPT);
}

/** Cuts the longer texts until all fit. */
function fitting(messages: readonly PinnedMessage[]): readonly PinnedMessage[] {
  for (let points = LONGEST_TEXT; ; points = Math.floor(points * 0.9)) {
    const kept = messages.map((message) => ({ ...message, text: cut(message.text, points) }));
    if (points === 0 || encoder.encode(JSON.stringify(kept)).length <= PINNED_BYTES) return kept;
  }
}

/** By code points, which have no half. */
function cut(text: string, points: number): string {
  const all = Array.from(text);
  return all.length <= points ? text : `${all.slice(0, points).join('')}…`;
}
