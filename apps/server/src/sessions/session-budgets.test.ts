import { VirtualClock } from '@amphi/testkit';
import { expect, it } from 'vitest';
import type * as z from 'zod';
import { limitsSchema } from '../settings/limits.ts';
import type { Meter } from '../signaling/meter.ts';
import { type Payer, SessionBudgets } from './session-budgets.ts';

const make = (limits: z.input<typeof limitsSchema> = {}) => {
  const clock = new VirtualClock();
  return { clock, budgets: new SessionBudgets({ limits: limitsSchema.parse(limits), clock }) };
};

/** Holders of one link behind one address, each with a token of its own. */
const crowd = (size: number): Payer[] =>
  Array.from({ length: size }, (_, index) => ({ bearer: `token ${index}`, crowd: 'code school' }));

it('BUD30: a crowd of 500 that arrives in 5 s, greets, stays and changes roles meets no bound', () => {
  const { clock, budgets } = make();
  const people = crowd(500).map((payer) => ({ payer, meter: budgets.meterOf(payer) }));
  let refused = 0;
  const send = ({ meter }: (typeof people)[number], times: number, bytes: number): void => {
    for (let sent = 0; sent < times; sent += 1) if (meter.weigh(bytes) !== 'read') refused += 1;
  };
  // What all in the room have to take is bounded by the room, whoever writes.
  const telling = (payer: Payer) => ({ ...payer, roomId: 'r', bytes: 400, recipients: 1 });
  for (const person of people) {
    clock.advance(10);
    send(person, 28, 400);
    // The offer, and the answer to what is offered.
    send(person, 2, 20_000);
    budgets.chargeOffer(person.payer);
    budgets.chargeJoin(telling(person.payer));
  }
  for (const { payer } of people) budgets.chargeChat(telling(payer));
  for (let second = 0; second < 60; second += 1) {
    clock.advance(1_000);
    for (const person of people.slice((second % 3) * 167, (second % 3) * 167 + 167)) send(person, 1, 100);
  }
  for (const person of people) {
    send(person, 1, 20_000);
    budgets.chargeOffer(person.payer);
  }
  expect(refused).toBe(0);
});

it('BUD30: twenty tokens that send as much as each may, and get others instead, come to what the crowd may', () => {
  const { clock, budgets } = make();
  let read = 0;
  for (let second = 0; second < 300; second += 1) {
    // Another twenty each minute.
    const payers = crowd(20).map((payer) => ({ ...payer, bearer: `${payer.bearer} ${Math.floor(second / 60)}` }));
    for (const payer of payers) {
      const meter = budgets.meterOf(payer);
      for (let sent = 0; sent < 70; sent += 1) if (meter.weigh(100) === 'read') read += 1;
    }
    clock.advance(1_000);
  }
  expect(read).toBe(15_000 + 299 * 500);
});

it("BUD30: whom a neighbour has used up the crowd's messages is refused, and not shut out", () => {
  const { budgets } = make();
  const [honest, ...others] = crowd(101);
  for (const payer of others) {
    const meter = budgets.meterOf(payer);
    for (let sent = 0; sent < 240; sent += 1) meter.weigh(100);
  }
  expect(budgets.meterOf(honest!).weigh(100)).toMatchObject({ limit: expect.stringContaining('this room code') });
  expect(() => budgets.requireLetIn(honest!.bearer)).not.toThrow();
});

/** A school in small: 100 tokens of one code, and what is borne of ten. */
const SMALL = {
  messagesPerCrowd: { perSecond: 20, burst: 600 },
  messageBytesPerCrowd: { perSecond: 65_536, burst: 1_048_576 },
  excessMessagesPerCrowd: { perSecond: 20, burst: 600 },
  excessBytesPerCrowd: { perSecond: 65_536, burst: 4_194_304 },
};

it('BUD35: however many tokens of one code are refused, what is borne of all of them is bounded', () => {
  const { clock, budgets } = make(SMALL);
  const meters = crowd(100).map((payer) => budgets.meterOf(payer));
  const flooding = new Set<Meter>();
  const SECONDS = 60;
  let borne = 0;
  for (let second = 0; second < SECONDS; second += 1) {
    // Each for itself stays below what is borne of a token.
    for (const meter of meters.filter((each) => !flooding.has(each))) {
      for (let sent = 0; sent < 20; sent += 1) {
        const verdict = meter.weigh(100);
        if (verdict === 'flood') flooding.add(meter);
        else if (verdict !== 'read') borne += 1;
      }
    }
    clock.advance(1_000);
  }
  // Of 120,000: what is borne of the crowd, and the rest of each.
  expect(borne).toBeLessThanOrEqual(600 + 20 * SECONDS + 100 * (60 + SECONDS));
  expect(flooding.size).toBeGreaterThan(90);
});

it('BUD26: 20,000 newcomers whom nobody is told of leave the room its chat', () => {
  const { budgets } = make();
  const of = { roomId: 'room', bytes: 400 };
  for (const payer of crowd(20_000))
    budgets.chargeJoin({ ...of, bearer: payer.bearer, crowd: undefined, recipients: 0 });
  const bytes = 500;
  for (let i = 0; i < 6; i += 1)
    budgets.chargeChat({ ...of, bytes, bearer: `host ${i}`, crowd: undefined, recipients: 20_000 });
});

it('BUD35: of frames of the largest size, too', () => {
  const { clock, budgets } = make(SMALL);
  const meters = crowd(100).map((payer) => budgets.meterOf(payer));
  const size = 262_144;
  const SECONDS = 60;
  let borne = 0;
  for (let second = 0; second < SECONDS; second += 1) {
    for (const meter of meters) if (typeof meter.weigh(size) === 'object') borne += size;
    clock.advance(1_000);
  }
  expect(borne).toBeLessThanOrEqual(4_194_304 + 65_536 * SECONDS + meters.length * (size + 4_096 * SECONDS));
});

it('BUD35: who pings, and asks again when told to, among those who flood, is refused and not shut out', () => {
  const { clock, budgets } = make(SMALL);
  const [honest, ...others] = crowd(101);
  const meter = budgets.meterOf(honest!);
  const meters = others.map((payer) => budgets.meterOf(payer));
  let refused = 0;
  for (let second = 0; second < 120; second += 1) {
    for (const other of meters) for (let sent = 0; sent < 4; sent += 1) other.weigh(100);
    for (let sent = 0; second % 3 === 0 && sent < 2; sent += 1) {
      const verdict = meter.weigh(100);
      expect(verdict).not.toBe('flood');
      if (verdict !== 'read') refused += 1;
    }
    clock.advance(1_000);
  }
  expect(refused).toBeGreaterThan(20);
  expect(() => budgets.requireLetIn(honest!.bearer)).not.toThrow();
});
