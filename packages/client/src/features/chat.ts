import type { Clock } from '@amphi/base';
import * as z from 'zod/mini';
import { ClientError } from '../errors.ts';
import { withMessage } from '../room-state.ts';
import type { ChatMessage, Recipients, SessionState } from '../state.ts';
import type { StateStore } from '../state-store.ts';

const receipt = z.object({ timestamp: z.optional(z.number()), message_id: z.optional(z.string()) });

/** Our own messages: shown at once, then confirmed or marked as failed. The server does not echo them. */
export class Chat {
  readonly #store: StateStore<SessionState>;
  readonly #clock: Clock;
  readonly #randomId: () => string;
  readonly #send: (message: ChatMessage) => Promise<unknown>;

  constructor(options: {
    readonly store: StateStore<SessionState>;
    readonly clock: Clock;
    readonly randomId: () => string;
    readonly send: (message: ChatMessage) => Promise<unknown>;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#randomId = options.randomId;
    this.#send = options.send;
  }

  send(text: string, recipients: Recipients, mentions: readonly string[]): Promise<void> {
    const { self } = this.#store.get();
    const message: ChatMessage = {
      id: this.#randomId(),
      text,
      sentAt: this.#clock.now(),
      sender: {
        peerId: self.peerId,
        userId: self.userId,
        name: self.name,
        roleName: self.role?.name ?? '',
        isSelf: true,
      },
      recipients,
      mentions,
      delivery: 'sending',
      isEarlier: false,
    };
    this.#store.update((state) => withMessage(state, message));
    return this.#deliver(message);
  }

  async retry(id: string): Promise<void> {
    const message = this.#store.get().messages.find((entry) => entry.id === id);
    if (message?.delivery !== 'failed') throw new ClientError('wrong_state', `message ${id}: it has not failed`);
    this.#replace(id, { ...message, delivery: 'sending' });
    await this.#deliver(message);
  }

  async #deliver(message: ChatMessage): Promise<void> {
    try {
      const answer = receipt.safeParse(await this.#send(message));
      const { message_id: id = message.id, timestamp: sentAt = message.sentAt } = answer.success ? answer.data : {};
      this.#replace(message.id, { ...message, id, sentAt, delivery: 'sent' });
    } catch (error) {
      this.#replace(message.id, { ...message, delivery: 'failed' });
      throw error;
    }
  }

  #replace(id: string, message: ChatMessage): void {
    this.#store.update((state) => ({
      ...state,
      messages: state.messages.flatMap((entry) => {
        if (entry.id === id) return message;
        // The history gave it before the answer did.
        return entry.id === message.id ? [] : entry;
      }),
    }));
  }
}
