import { type Logger, silentLogger } from '@amphi/base';
import type { KeptMessage } from '@amphi/rooms';
import type { ChatMessageRow, Store } from '@amphi/store';
import { VirtualClock } from '@amphi/testkit';
import { describe, expect, it } from 'vitest';
import { CHAT_BACKLOG, ChatWriter } from './chat-writer.ts';

/** A database whose answers tests give. */
class SlowStore {
  readonly rows = new Map<string, ChatMessageRow>();
  readonly transactions: string[][] = [];
  isDown = false;
  readonly chatMessages = {
    add: async (rows: readonly ChatMessageRow[]) => {
      this.transactions.push(rows.map(({ id }) => id));
      if (this.isDown) throw new Error('no answer');
      for (const row of rows) this.rows.set(row.id, row);
    },
    remove: async (ids: readonly string[]) => {
      for (const id of ids) this.rows.delete(id);
    },
    newest: async () => [...this.rows.values()],
  };
  // Only what the writer uses of it.
  readonly store = {
    chatMessages: this.chatMessages,
    transaction: (work: (tx: unknown) => Promise<unknown>) => work(this),
  } as unknown as Pick<Store, 'transaction' | 'chatMessages'>;
}

const message = (id: string, part: Partial<KeptMessage> = {}): KeptMessage => ({
  id,
  position: Number(id.slice(1)),
  sentAt: 1_000,
  recipients: { to: 'everyone' },
  text: `text of ${id}`,
  ...part,
});
const record = (id: string, part: Partial<KeptMessage> = {}) => ({
  roomId: 'room-1',
  sessionId: 'session-1',
  days: 2,
  message: message(id, part),
});

function setUp() {
  const clock = new VirtualClock();
  const slow = new SlowStore();
  const errors: Record<string, unknown>[] = [];
  const logger: Logger = { ...silentLogger, error: (fields) => void errors.push(fields) };
  const writer = new ChatWriter({ store: slow.store, clock, logger });
  return { clock, slow, errors, writer };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

async function pass(clock: VirtualClock, ms: number): Promise<void> {
  await settled();
  clock.advance(ms);
  await settled();
}

describe('the writer of chats', () => {
  it('CHAT11: writes together what was said within a moment, with when it goes', async () => {
    const { clock, slow, writer } = setUp();
    writer.keep(record('m1'));
    writer.keep(record('m2', { recipients: { to: 'roles', roles: ['host'] } }));
    await settled();
    expect(slow.transactions).toEqual([]);
    await pass(clock, 100);
    expect(slow.transactions).toEqual([['m1', 'm2']]);
    expect(slow.rows.get('m1')).toMatchObject({ expiresAt: new Date(1_000 + 2 * 86_400_000), roles: null });
    expect(slow.rows.get('m2')).toMatchObject({ roles: ['host'] });
    // A role was given another name meanwhile.
    slow.rows.set('m2', { ...slow.rows.get('m2')!, roles: ['chair'] });
    const read = await writer.read({ roomId: 'room-1', limit: 9 });
    expect(read).toEqual([message('m1'), message('m2', { recipients: { to: 'roles', roles: ['chair'] } })]);
  });

  it('CHAT7: what belongs to its session alone goes after a day', async () => {
    const { clock, slow, writer } = setUp();
    writer.keep({ ...record('m1'), days: 0 });
    await pass(clock, 100);
    expect(slow.rows.get('m1')?.expiresAt).toEqual(new Date(1_000 + 86_400_000));
  });

  it('CHAT8: what is forgotten before it was written is never written, and goes where it was', async () => {
    const { clock, slow, writer } = setUp();
    writer.keep(record('m1'));
    writer.forget(['m1']);
    await pass(clock, 100);
    expect([...slow.rows.keys()]).toEqual([]);
    writer.keep(record('m2'));
    await pass(clock, 100);
    writer.forget(['m2']);
    expect(await writer.read({ roomId: 'room-1', limit: 9 })).toEqual([]);
    await pass(clock, 100);
    expect([...slow.rows.keys()]).toEqual([]);
  });

  it('CHAT9: gives what is not written yet to the session that comes next', async () => {
    const { clock, writer } = setUp();
    writer.keep(record('m1'));
    await pass(clock, 100);
    writer.keep(record('m2'));
    writer.keep({ ...record('m3'), roomId: 'room-2' });
    expect((await writer.read({ roomId: 'room-1', limit: 9 })).map(({ id }) => id)).toEqual(['m1', 'm2']);
    const ofOther = await writer.read({ roomId: 'room-2', sessionId: 'session-9', limit: 9 });
    expect(ofOther.map(({ id }) => id)).toEqual(['m1']);
  });

  it('CHAT12: a database that does not answer costs the oldest messages, and the log says how many', async () => {
    const { clock, slow, errors, writer } = setUp();
    slow.isDown = true;
    for (let i = 0; i < CHAT_BACKLOG.messages + 2; i++) writer.keep(record(`m${i}`));
    expect(errors).toHaveLength(1);
    await pass(clock, 100);
    slow.isDown = false;
    for (let i = 0; i < 50; i++) await pass(clock, 1_000);
    expect(slow.rows.size).toBe(CHAT_BACKLOG.messages);
    expect(slow.rows.has('m1')).toBe(false);
    expect(slow.rows.has('m2')).toBe(true);
    expect(errors[1]).toEqual({ messages: 2 });
  });

  it('CHAT12: and so do many large ones', () => {
    const { errors, writer } = setUp();
    const text = 'x'.repeat(16_384);
    const fitting = CHAT_BACKLOG.bytes / (2 * text.length);
    for (let i = 0; i < fitting; i++) writer.keep(record(`m${i}`, { text }));
    expect(errors).toEqual([]);
    writer.keep(record('m9999', { text }));
    expect(errors).toHaveLength(1);
  });

  it('CHAT11: writes what waits when the server ends; what cannot be written is counted', async () => {
    const { slow, writer } = setUp();
    writer.keep(record('m1'));
    await writer.close();
    expect([...slow.rows.keys()]).toEqual(['m1']);
    const other = setUp();
    other.slow.isDown = true;
    other.writer.keep(record('m1'));
    await other.writer.close();
    expect(other.errors).toEqual([{ messages: 1 }]);
  });
});
