import { type Clock, type Logger, type Millis, messageOf, Scope } from '@amphi/base';
import type { EarlierSession, PeerRecord, SessionRecords, StateContent } from './ports.ts';

/** What changes within this time is written together: hundreds may join in a second. */
const GATHER_MS: Millis = 100;
/** Rows in one statement; its parameters are limited (65,535 in PostgreSQL's protocol). */
const ROWS_PER_WRITE = 500;

/** A record of what a session keeps, and what tells it from how it was before. */
export interface KeptState {
  readonly key: string;
  /** Not undefined. */
  readonly version: unknown;
  content(): StateContent;
}

/**
 * Keeps the durable copy of a session, who is in it and what they keep together, in line with the session: what is there is compared with what was
 * written last, so whoever changes something only says that something may have changed. Nobody waits for it: a kill
 * costs the changes of the last moment (RST4).
 */
export class SessionJournal {
  readonly #session: { readonly id: string; readonly roomId: string; readonly startedAt: Millis };
  readonly #records: SessionRecords;
  readonly #describe: () => readonly PeerRecord[];
  readonly #isWorthIt: () => boolean;
  readonly #logger: Logger;
  readonly #scope: Scope;
  readonly #describeState: () => readonly KeptState[];
  readonly #written: Map<string, PeerRecord>;
  /** Versions by key. */
  readonly #writtenState: Map<string, unknown>;
  #isOpen: boolean;
  #isDue = false;
  #writing: Promise<void> | undefined;

  constructor(options: {
    readonly session: { readonly id: string; readonly roomId: string; readonly startedAt: Millis };
    readonly records: SessionRecords;
    /** Everyone who may come back, as they are now. */
    readonly describe: () => readonly PeerRecord[];
    readonly describeState: () => readonly KeptState[];
    /** Whether there is anything to go on with; a session of previews only is not written. */
    readonly isWorthIt: () => boolean;
    /** As the records hold it already. */
    readonly earlier?: Pick<EarlierSession, 'peers' | 'state'> | undefined;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#session = options.session;
    this.#records = options.records;
    this.#describe = options.describe;
    this.#describeState = options.describeState;
    this.#isWorthIt = options.isWorthIt;
    this.#logger = options.logger;
    this.#scope = new Scope({ clock: options.clock });
    this.#written = new Map(options.earlier?.peers.map((peer) => [peer.peerId, peer]));
    // Versions of another process say nothing here: each record is written once more.
    this.#writtenState = new Map(options.earlier?.state.map(({ key }) => [key, undefined]));
    this.#isOpen = options.earlier !== undefined;
  }

  /** Something may have changed. */
  touch(): void {
    if (this.#isDue || this.#scope.isClosed) return;
    this.#isDue = true;
    this.#scope.after(GATHER_MS, () => void this.#flush());
  }

  /** The session has ended, and nobody comes back to it. */
  async close(): Promise<void> {
    this.#scope.close();
    await this.#writing;
    if (!this.#isOpen) return;
    await this.#try('forget', () => this.#records.close(this.#session.id));
  }

  /** One at a time; what fails is tried again with the next change. */
  async #flush(): Promise<void> {
    await this.#writing;
    this.#isDue = false;
    if (this.#scope.isClosed) return;
    this.#writing = this.#try('write', () => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { id } = this.#session;
    if (!this.#isOpen) {
      if (!this.#isWorthIt()) return;
      await this.#records.open(this.#session);
      this.#isOpen = true;
    }
    const present = new Map(this.#describe().map((peer) => [peer.peerId, peer]));
    const changed = [...present.values()].filter((peer) => !isSame(peer, this.#written.get(peer.peerId)));
    for (const peers of inParts(changed)) {
      await this.#records.savePeers(id, peers);
      for (const peer of peers) this.#written.set(peer.peerId, peer);
    }
    const gone = [...this.#written.keys()].filter((peerId) => !present.has(peerId));
    if (gone.length > 0) await this.#records.removePeers(id, gone);
    for (const peerId of gone) this.#written.delete(peerId);
    await this.#writeState();
  }

  async #writeState(): Promise<void> {
    const { id } = this.#session;
    const present = new Map(this.#describeState().map((record) => [record.key, record]));
    const changed = [...present.values()].filter(({ key, version }) => this.#writtenState.get(key) !== version);
    for (const records of inParts(changed)) {
      await this.#records.saveState(
        id,
        records.map(({ key, content }) => ({ key, content: content() })),
      );
      for (const { key, version } of records) this.#writtenState.set(key, version);
    }
    const gone = [...this.#writtenState.keys()].filter((key) => !present.has(key));
    if (gone.length > 0) await this.#records.removeState(id, gone);
    for (const key of gone) this.#writtenState.delete(key);
  }

  async #try(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#logger.warn({ what, error: messageOf(error) }, 'the session could not be recorded');
    }
  }
}

function inParts<Row>(rows: readonly Row[]): Row[][] {
  const parts: Row[][] = [];
  for (let at = 0; at < rows.length; at += ROWS_PER_WRITE) parts.push(rows.slice(at, at + ROWS_PER_WRITE));
  return parts;
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

function isSame(a: PeerRecord, b: PeerRecord | undefined): boolean {
  return (
    b !== undefined &&
    a.tokenHash === b.tokenHash &&
    a.role === b.role &&
    a.name === b.name &&
    a.data === b.data &&
    a.joinedAt === b.joinedAt &&
    a.sfuNodeId === b.sfuNodeId &&
    a.autoVideo === b.autoVideo &&
    sameTexts(a.groups, b.groups) &&
    sameTexts(a.listens, b.listens)
  );
}
