import { VirtualClock } from '@amphi/testkit';
import { expect, it } from 'vitest';
import { limitsSchema } from '../settings/limits.ts';
import { type Payer, SessionBudgets } from './session-budgets.ts';

const make = () => {
  const clock = new VirtualClock();
  return { clock, budgets: new SessionBudgets({ limits: limitsSchema.parse({}), clock }) };
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
