import type { Notification } from '@amphi/protocol';
import { CHAT_TYPE } from '../room-state.ts';
import { joinedConnection, type SessionContext } from '../session-context.ts';
import type { Recipients } from '../state.ts';
import { Chat } from './chat.ts';

/** Chat and an app's own events. */
export class Messaging {
  readonly #context: SessionContext;
  readonly #chat: Chat;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#chat = new Chat({
      store: context.store,
      clock: context.clock,
      randomId: context.environment.randomId,
      send: ({ text, recipients, mentions }) => this.#broadcast(CHAT_TYPE, text, recipients, mentions),
    });
  }

  sendMessage(text: string, recipients: Recipients, mentions: readonly string[]): Promise<void> {
    joinedConnection(this.#context, 'sendMessage');
    return this.#chat.send(text, recipients, mentions);
  }

  retryMessage(id: string): Promise<void> {
    return this.#chat.retry(id);
  }

  async sendEvent(type: string, payload: string, recipients: Recipients): Promise<void> {
    await this.#broadcast(type, payload, recipients);
  }

  handle(notification: Notification): void {
    if (notification.method !== 'on-broadcast') return;
    const { info, message_id: id, peer } = notification.params;
    const { events, store } = this.#context;
    if (info.type === CHAT_TYPE) {
      const message = store.get().messages.at(-1);
      if (message?.id === id) events.emit('messageReceived', { message });
    } else {
      events.emit('customEvent', { type: info.type, payload: info.message, peerId: peer?.peer_id });
    }
  }

  /** Gives the server's receipt. */
  async #broadcast(
    type: string,
    message: string,
    recipients: Recipients,
    mentions: readonly string[] = [],
  ): Promise<unknown> {
    return joinedConnection(this.#context, 'broadcast').request('broadcast', {
      info: { type, message, ...(mentions.length > 0 && { mentions: [...mentions] }) },
      ...(recipients.to === 'roles' && { roles: [...recipients.roles] }),
      ...(recipients.to === 'peer' && { peer_id: recipients.peerId }),
    });
  }
}
