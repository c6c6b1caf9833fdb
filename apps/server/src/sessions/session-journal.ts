import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, type Logger, logFaults, type Millis, messageOf, Rounds, Scope, systemClock } from '@amphi/base';
import type { EarlierSession, PeerRecord, SessionRecords, StateContent } from './ports/earlier.ts';

/** What changes within this time is written together: hundreds may join in a second. */
const GATHER_MS: Millis = 100;
/** Writing those who join takes a tenth of the time, and so does looking at who is there. */
const REST_PER_ROUND = 9;
/** Peers, and records of what they keep, that are looked at in one turn of the event loop: a millisecond or two. */
const LOOKS_PER_TURN = 500;
/** After a change in a room of any size, everyone is looked at again so soon at least. */
const MAX_GATHER_MS: Millis = 1_000;
/** Rows in one statement; its parameters are limited (65,535 in PostgreSQL's protocol). */
const ROWS_PER_WRITE = 500;

/** A record of what a session keeps, and what tells it from how it was before. */
export interface KeptState {
  readonly key: string;
  /** Not undefined. */
  readonly version: unknown;
  content(): StateContent;
}

/** Of a peer that is about to join. */
export interface ExpectedPeer {
  /** Resolves when it is written, or could not be. */
  readonly written: Promise<void>;
  /** It has joined by now, or will not. Idempotent. */
  end(): void;
}

/**
 * Keeps the durable copy of a session, who is in it and what they keep together, in line with the session: what is there is
 * compared with what was written last, so whoever changes something only says that something may have changed. Only those
 * who join wait for it: a kill costs the other changes of the last moment (RST4).
 */
export class SessionJournal {
  readonly #session: { readonly id: string; readonly roomId: string; readonly startedAt: Millis };
  readonly #records: SessionRecords;
  readonly #describe: () => Iterable<PeerRecord>;
  readonly #isWorthIt: () => boolean;
  readonly #logger: Logger;
  readonly #scope: Scope;
  readonly #describeState: () => Iterable<KeptState>;
  readonly #written: Map<string, PeerRecord>;
  /** Versions by key. */
  readonly #writtenState: Map<string, unknown>;
  #isOpen: boolean;
  /** By peer id: about to join, and written as if they had. */
  readonly #expected = new Map<string, { readonly peer: PeerRecord; readonly resolve: () => void }>();
  readonly #writing = new Rounds(() => this.#round());
  #isDue = false;
  #gatherMs = GATHER_MS;
  /** By `performance.now()`: how long a database takes is a matter of real time. */
  #restsUntil = 0;
  #cancelRest: (() => void) | undefined;

  constructor(options: {
    readonly session: { readonly id: string; readonly roomId: string; readonly startedAt: Millis };
    readonly records: SessionRecords;
    /** Everyone who may come back, as they are when they are asked for: between two of them others may come, go and change. */
    readonly describe: () => Iterable<PeerRecord>;
    /** Likewise. */
    readonly describeState: () => Iterable<KeptState>;
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
    this.#scope = new Scope({
      clock: options.clock,
      onTimerError: logFaults(options.logger, 'keeping a session failed'),
    });
    this.#written = new Map(options.earlier?.peers.map((peer) => [peer.peerId, peer]));
    // Versions of another process say nothing here: each record is written once more.
    this.#writtenState = new Map(options.earlier?.state.map(({ key }) => [key, undefined]));
    this.#isOpen = options.earlier !== undefined;
  }

  /** Something may have changed. */
  touch(): void {
    if (this.#isDue || this.#scope.isClosed) return;
    this.#isDue = true;
    this.#scope.after(this.#gatherMs, () => {
      this.#isDue = false;
      void this.#writing.ask();
    });
  }

  /** Writes at once, as if it were in the session, a peer that is not yet; those that come meanwhile share the next round. */
  expect(peer: PeerRecord): ExpectedPeer {
    if (this.#scope.isClosed) return { written: Promise.resolve(), end: () => {} };
    let resolve = (): void => {};
    const written = new Promise<void>((done) => {
      resolve = done;
    });
    const expected = { peer, resolve };
    this.#expected.set(peer.peerId, expected);
    this.#askSoon();
    return {
      written,
      end: () => {
        if (this.#expected.get(peer.peerId) !== expected) return;
        this.#expected.delete(peer.peerId);
        this.touch();
      },
    };
  }

  /** The session has ended, and nobody comes back to it. */
  async close(): Promise<void> {
    this.#scope.close();
    this.#cancelRest?.();
    for (const { resolve } of this.#expected.values()) resolve();
    await this.#writing.idle();
    if (!this.#isOpen) return;
    await this.#try('forget', () => this.#records.close(this.#session.id));
  }

  /** What fails is tried again with the next change: a database that is away keeps nobody out. */
  async #round(): Promise<void> {
    const expected = [...this.#expected.values()];
    const began = performance.now();
    if (!this.#scope.isClosed) await this.#try('write', () => this.#write());
    const ended = performance.now();
    this.#restsUntil = ended + Math.min(this.#records.maxRestMs, (ended - began) * REST_PER_ROUND);
    for (const { resolve } of expected) resolve();
  }

  /** At once, or after the rest that the round before has earned. */
  #askSoon(): void {
    if (this.#cancelRest) return;
    const rest = this.#restsUntil - performance.now();
    if (rest <= 0) {
      void this.#writing.ask();
      return;
    }
    this.#cancelRest = systemClock.after(rest, () => {
      this.#cancelRest = undefined;
      void this.#writing.ask();
    });
  }

  async #write(): Promise<void> {
    const { id } = this.#session;
    if (!this.#isOpen) {
      if (!this.#isWorthIt() && this.#expected.size === 0) return;
      await this.#records.open(this.#session);
      this.#isOpen = true;
    }
    const look = new Look();
    const here = new Set<string>();
    const changed = new Map<string, PeerRecord>();
    const compare = (peer: PeerRecord): void => {
      here.add(peer.peerId);
      if (isSame(peer, this.#written.get(peer.peerId))) changed.delete(peer.peerId);
      else changed.set(peer.peerId, peer);
    };
    for (const { peer } of this.#expected.values()) compare(peer);
    await look.at(this.#describe(), compare);
    for (const peers of inParts([...changed.values()])) {
      await this.#records.savePeers(id, peers);
      for (const peer of peers) this.#written.set(peer.peerId, peer);
    }
    const gone = [...this.#written.keys()].filter((peerId) => !here.has(peerId));
    if (gone.length > 0) await this.#records.removePeers(id, gone);
    for (const peerId of gone) this.#written.delete(peerId);
    await this.#writeState(look);
    this.#gatherMs = Math.min(Math.max(GATHER_MS, look.longMs * REST_PER_ROUND), MAX_GATHER_MS);
  }

  async #writeState(look: Look): Promise<void> {
    const { id } = this.#session;
    const here = new Set<string>();
    const changed: KeptState[] = [];
    await look.at(this.#describeState(), (record) => {
      here.add(record.key);
      if (this.#writtenState.get(record.key) !== record.version) changed.push(record);
    });
    for (const records of inParts(changed)) {
      await this.#records.saveState(
        id,
        records.map(({ key, content }) => ({ key, content: content() })),
      );
      for (const { key, version } of records) this.#writtenState.set(key, version);
    }
    const gone = [...this.#writtenState.keys()].filter((key) => !here.has(key));
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

/** One look at all that there is, in turns of the event loop. */
class Look {
  #ms = 0;
  #count = 0;

  /** What it took, when that was more than one turn; 0 otherwise. By the clock on the wall, without the turns of others. */
  get longMs(): Millis {
    return this.#count > LOOKS_PER_TURN ? this.#ms : 0;
  }

  async at<Item>(items: Iterable<Item>, see: (item: Item) => void): Promise<void> {
    let began = performance.now();
    for (const item of items) {
      if (++this.#count % LOOKS_PER_TURN === 0) {
        this.#ms += performance.now() - began;
        await nextTurn();
        began = performance.now();
      }
      see(item);
    }
    this.#ms += performance.now() - began;
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
    a.handRaisedAt === b.handRaisedAt &&
    sameTexts(a.listens, b.listens)
  );
}
