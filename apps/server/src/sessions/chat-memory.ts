import { type Clock, type Logger, type Millis, messageOf, withDeadline } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import { type Effects, HISTORY_LIMITS, type KeptMessage, recallMessages, type Session } from '@amphi/rooms';
import type { ChatArchive } from './ports/records.ts';

/** Somebody waits for it with a room before their eyes. */
const PATIENCE_MS: Millis = 5_000;

/** What a session recalls of the room's chat, and what it gives to be kept. Nothing in a room that keeps none. */
export class ChatMemory {
  readonly #rules: Session;
  readonly #archive: ChatArchive;
  readonly #apply: (effects: Effects) => void;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Undefined before it is asked for, and again when that has failed. */
  #recalling: Promise<void> | undefined;

  constructor(options: {
    readonly rules: Session;
    readonly archive: ChatArchive;
    readonly apply: (effects: Effects) => void;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#rules = options.rules;
    this.#archive = options.archive;
    this.#apply = options.apply;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  keep(message: KeptMessage): void {
    const { roomId, sessionId } = this.#rules.settings;
    this.#archive.keep({ roomId, sessionId, days: this.#rules.history?.days ?? 0, message });
  }

  forget(ids: readonly string[]): void {
    this.#archive.forget(ids);
  }

  /** Resolves when what was kept before is there. @throws PublicError 503 when the database does not answer */
  async recall(): Promise<void> {
    if (!this.#rules.history) return;
    this.#recalling ??= this.#read().catch((error: unknown) => {
      this.#logger.warn({ error: messageOf(error) }, 'what was said before could not be read');
      throw error;
    });
    try {
      await withDeadline('what was said before', this.#recalling, { ms: PATIENCE_MS, clock: this.#clock });
    } catch {
      // The next one asks anew; an answer that comes late is taken all the same.
      this.#recalling = undefined;
      throw new PublicError(503, 'what was said before cannot be read at present');
    }
  }

  async #read(): Promise<void> {
    const { history } = this.#rules;
    const { roomId, sessionId } = this.#rules.settings;
    const ofSession = history?.days === 0 ? { sessionId } : {};
    const earlier = await this.#archive.read({ roomId, ...ofSession, limit: HISTORY_LIMITS.messages });
    // It may be over meanwhile.
    if (!this.#rules.ended) this.#apply(recallMessages(this.#rules, earlier, this.#clock.now()));
  }
}
