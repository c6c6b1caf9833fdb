import { type Clock, type Logger, type Millis, Rounds } from '@amphi/base';
import type { KeptMessage } from '@amphi/rooms';
import { type ChatMessageRow, describeDatabaseError, type Store } from '@amphi/store';
import type { ChatArchive, ChatRecord } from '../sessions/ports/records.ts';
import { Pauses } from './pauses.ts';

/** What is said within this time is written together, as with all history. */
const GATHER_MS: Millis = 100;
const RETRY_MS: Millis = 1_000;
const DAY_MS: Millis = 86_400_000;
/** Rows of one statement, which has seven parameters each (65,535 in PostgreSQL's protocol). */
const BATCH = 500;
/** Of one server, while the database does not answer: messages, and bytes of what they say. The oldest are not kept then. */
export const CHAT_BACKLOG = { messages: 10_000, bytes: 16_777_216 } as const;

interface Waiting {
  readonly row: ChatMessageRow;
  readonly bytes: number;
}

/**
 * The one writer of chats. Sessions go on without it: a message is first delivered, then gathered here, then written; what
 * a kill finds in between is not kept. What is to be forgotten before it was written is never written.
 */
export class ChatWriter implements ChatArchive {
  readonly #store: Pick<Store, 'transaction' | 'chatMessages'>;
  readonly #gatherMs: Millis;
  readonly #logger: Logger;
  /** By id, oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  #bytes = 0;
  readonly #toRemove = new Set<string>();
  #lost = 0;
  readonly #writing = new Rounds(() => this.#writeAll());
  readonly #pauses: Pauses;

  constructor(options: {
    readonly store: Pick<Store, 'transaction' | 'chatMessages'>;
    /** Default 100. */
    readonly gatherMs?: Millis | undefined;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#store = options.store;
    this.#gatherMs = options.gatherMs ?? GATHER_MS;
    this.#pauses = new Pauses(options.clock);
    this.#logger = options.logger;
  }

  keep(record: ChatRecord): void {
    const row = rowOf(record);
    const bytes = record.message.text.length * 2;
    this.#waiting.set(row.id, { row, bytes });
    this.#bytes += bytes;
    while (this.#waiting.size > CHAT_BACKLOG.messages || this.#bytes > CHAT_BACKLOG.bytes) this.#loseOldest();
    this.#write();
  }

  forget(messageIds: readonly string[]): void {
    for (const id of messageIds) {
      this.#drop(id);
      // Also one that waits: it may be among those that are being written.
      this.#toRemove.add(id);
    }
    // What is then left in the database goes by its age.
    for (const id of this.#toRemove) {
      if (this.#toRemove.size <= CHAT_BACKLOG.messages) break;
      this.#toRemove.delete(id);
    }
    this.#write();
  }

  async read(of: Parameters<ChatArchive['read']>[0]): Promise<readonly KeptMessage[]> {
    // A session that has just ended may have said what is not written yet.
    const unwritten = [...this.#waiting.values()].flatMap(({ row }) =>
      row.roomId === of.roomId && (of.sessionId === undefined || of.sessionId === row.sessionId) ? [row] : [],
    );
    const known = new Set(unwritten.map(({ id }) => id));
    const written = await this.#store.chatMessages.newest(of);
    const rows = [...written.filter(({ id }) => !known.has(id) && !this.#toRemove.has(id)), ...unwritten];
    return rows.map(messageOf);
  }

  /** Writes what waits, once more if the database fails. */
  async close(): Promise<void> {
    this.#pauses.end();
    await this.#writing.idle();
    const left = this.#waiting.size;
    if (left > 0) this.#logger.error({ messages: left }, 'chat messages could not be kept: the server ends');
  }

  #write(): void {
    void this.#writing.ask();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.size > 0 || this.#toRemove.size > 0) {
      await this.#pauses.take(this.#gatherMs);
      const rows = [...this.#waiting.values()].slice(0, BATCH).map(({ row }) => row);
      const gone = [...this.#toRemove].slice(0, BATCH);
      try {
        await this.#store.transaction(async (tx) => {
          await tx.chatMessages.add(rows);
          await tx.chatMessages.remove(gone);
        });
        for (const { id } of rows) this.#drop(id);
        for (const id of gone) this.#toRemove.delete(id);
        this.#tellLost();
      } catch (error) {
        if (this.#pauses.isOver) return;
        await this.#waitForDatabase(error);
      }
    }
  }

  async #waitForDatabase(error: unknown): Promise<void> {
    const details = { error: describeDatabaseError(error), messages: this.#waiting.size };
    this.#logger.warn(details, 'the history of chats waits for the database');
    await this.#pauses.take(RETRY_MS);
  }

  #loseOldest(): void {
    for (const id of this.#waiting.keys()) {
      this.#drop(id);
      break;
    }
    if (this.#lost++ === 0) this.#logger.error({}, 'the database does not answer: the history of chats is being lost');
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    this.#logger.error({ messages: this.#lost }, 'chat messages were not kept while the database did not answer');
    this.#lost = 0;
  }

  #drop(id: string): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    this.#bytes -= waiting.bytes;
  }
}

function rowOf({ roomId, sessionId, days, message }: ChatRecord): ChatMessageRow {
  const { id, position, sentAt, recipients } = message;
  return {
    id,
    roomId,
    sessionId,
    position,
    expiresAt: new Date(sentAt + Math.max(1, days) * DAY_MS),
    // Beside the rest: a role may be given another name.
    roles: recipients.to === 'roles' ? [...recipients.roles] : null,
    content: JSON.stringify(message),
  };
}

/** Written by this program, which is why it is taken as it is. */
function messageOf({ roles, content }: ChatMessageRow): KeptMessage {
  const message = JSON.parse(content) as KeptMessage;
  return roles ? { ...message, recipients: { to: 'roles', roles } } : message;
}
