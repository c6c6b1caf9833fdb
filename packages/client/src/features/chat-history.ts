import { type Notification, notifications } from '@amphi/protocol';
import * as z from 'zod/mini';
import type { Connection } from '../connection.ts';
import { readAnswer } from '../read-answer.ts';
import { messageOf, withEarlierMessages } from '../room-state.ts';
import { joinedConnection, type SessionContext } from '../session-context.ts';
import { type ChatHistoryState, type ChatMessage, MESSAGES_KEPT } from '../state.ts';

const PAGE = 50;
/** What was missed while the connection was lost comes in the largest pages that the server gives. */
const CATCH_UP_PAGE = 100;

const historyAnswer = z.object({
  messages: z.array(z.extend(notifications['on-broadcast'], { own: z.boolean(), recipient: z.optional(z.string()) })),
  before: z.number(),
  eof: z.boolean(),
});
type HistoryAnswer = z.output<typeof historyAnswer>;

/**
 * What was said before we came, in rooms that keep it: the newest page at once, more on request. What was said while the
 * connection was lost is filled in.
 */
export class ChatHistory {
  readonly #context: SessionContext;
  /** Where the pages that we have begin. */
  #before: number | undefined;
  #hasBegun = false;
  #loading: Promise<void> | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  handle({ method }: Notification): void {
    if (method === 'room-info') this.sync();
  }

  /** To be called when the session is joined: asks for the first page, once it is known that there may be one. */
  sync(): void {
    const { connection, chatHistory } = this.#context.store.get();
    if (this.#hasBegun || connection.status !== 'joined' || !chatHistory.isKept) return;
    this.#hasBegun = true;
    // Nobody has asked; whoever wants it can ask again.
    this.loadEarlier().catch(() => {});
  }

  /** To be called after the connection was lost: what was said meanwhile. */
  async resync(): Promise<void> {
    const { isKept } = this.#context.store.get().chatHistory;
    if (!isKept || !this.#hasBegun) return this.sync();
    const known = new Set(this.#context.store.get().messages.map(({ id }) => id));
    let before: number | undefined;
    for (let missed = 0; missed < MESSAGES_KEPT; missed += CATCH_UP_PAGE) {
      const answer = await ask(joinedConnection(this.#context, 'chat-history'), before, CATCH_UP_PAGE);
      this.#show(answer, { isEarlier: false });
      if (answer.eof || answer.messages.some(({ message_id: id }) => known.has(id))) return;
      before = answer.before;
    }
  }

  loadEarlier(): Promise<void> {
    const connection = joinedConnection(this.#context, 'loadEarlierMessages');
    if (!this.#context.store.get().chatHistory.hasEarlier) return Promise.resolve();
    this.#loading ??= this.#load(connection).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(connection: Connection): Promise<void> {
    this.#update({ isLoading: true });
    try {
      const answer = await ask(connection, this.#before, PAGE);
      this.#before = answer.before;
      if (answer.eof) this.#update({ hasEarlier: false });
      this.#show(answer, { isEarlier: true });
    } finally {
      this.#update({ isLoading: false });
    }
  }

  #show({ messages }: HistoryAnswer, { isEarlier }: Pick<ChatMessage, 'isEarlier'>): void {
    this.#context.store.update((state) => {
      const shown = messages.map((broadcast): ChatMessage => {
        const message = messageOf(broadcast, state);
        const { own, recipient } = broadcast;
        const recipients = own && recipient !== undefined ? ({ to: 'peer', peerId: recipient } as const) : undefined;
        return {
          ...message,
          sender: { ...message.sender, isSelf: own },
          recipients: recipients ?? message.recipients,
          isEarlier,
        };
      });
      return withEarlierMessages(state, shown);
    });
  }

  #update(change: Partial<ChatHistoryState>): void {
    this.#context.store.update((state) => ({ ...state, chatHistory: { ...state.chatHistory, ...change } }));
  }
}

async function ask(connection: Connection, before: number | undefined, limit: number): Promise<HistoryAnswer> {
  return readAnswer(historyAnswer, 'chat-history', await connection.request('chat-history', { before, limit }));
}
