import { Scope } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { expect, test } from 'vitest';
import { DownlinkProbe, type SentBytes } from './downlink-probe.ts';

/** A downlink that carries 40 kB a second, and all that was done to it. */
class Link {
  readonly clock = new VirtualClock();
  readonly done: string[] = [];
  readonly scope = new Scope({ clock: this.clock });
  readonly probe = new DownlinkProbe({
    clock: this.clock,
    timers: this.scope,
    downlink: {
      sent: async () => {
        this.asked += 1;
        return this.sent;
      },
      raise: () => this.#note('raised'),
      lower: () => this.#note('lowered'),
    },
  });
  asked = 0;
  sent: SentBytes | undefined = { first: 1_000_000, again: 5_000 };
  readonly #startAt = this.clock.now();

  async pass(seconds: number, lostShare: number): Promise<void> {
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      if (this.sent) this.sent = { first: this.sent.first + 4_000, again: this.sent.again + 4_000 * lostShare };
      this.clock.advance(100);
      await Promise.resolve();
      await Promise.resolve();
    }
  }

  /** Seconds since the start, and what was done. */
  #note(what: string): void {
    this.done.push(`${Math.round((this.clock.now() - this.#startAt) / 100) / 10} ${what}`);
  }
}

test('SB17: all is sent again a second after losses end', async () => {
  const link = new Link();
  link.probe.note(false);
  await link.pass(10, 0);
  expect(link.asked).toBe(0);
  link.probe.note(true);
  await link.pass(10, 0.1);
  expect(link.done).toEqual([]);
  await link.pass(2, 0);
  expect(link.done).toEqual(['21.7 raised']);
  link.probe.note(false);
  const { asked } = link;
  await link.pass(60, 0);
  expect(link.done).toEqual(['21.7 raised', '22.9 lowered']);
  expect(link.asked).toBe(asked);
});

test('SB17: what is lost again ends the try at once, and the next ones come ever later', async () => {
  const link = new Link();
  link.probe.note(false);
  link.probe.note(true);
  const raised: number[] = [];
  for (let second = 0; second < 300; second++) {
    const before = link.done.length;
    await link.pass(2.6, 0);
    if (link.done.length > before) raised.push(Number.parseFloat(link.done[before]!));
    await link.pass(0.4, 0.4);
  }
  const waits = raised.slice(1).map((at, index) => Math.round(at - raised[index]!));
  expect(waits.slice(0, 3).every((wait, index) => wait >= [2, 8, 32][index]!)).toBe(true);
  expect(waits.slice(3).every((wait) => wait >= 64)).toBe(true);
  expect(waits.length).toBeGreaterThan(6);
  const lowered = link.done.filter((what) => what.endsWith('lowered')).map((what) => Number.parseFloat(what));
  expect(lowered.length).toBe(raised.length);
  expect(lowered.every((at, index) => at - raised[index]! < 1.3)).toBe(true);
});

test('SB17: a picture that was whole for long starts anew', async () => {
  const link = new Link();
  const lossesThatEnd = async (): Promise<string> => {
    link.probe.note(true);
    await link.pass(5, 0.1);
    const before = link.done.length;
    await link.pass(2, 0);
    link.probe.note(false);
    return link.done[before] ?? 'nothing';
  };
  link.probe.note(false);
  expect(await lossesThatEnd()).toContain('raised');
  await link.pass(10, 0);
  expect(await lossesThatEnd()).toContain('raised');
  await link.pass(1, 0);
  expect(await lossesThatEnd()).toContain('raised');
  // A third within 8 s of the last one.
  link.probe.note(true);
  expect(await lossesThatEnd()).toBe('nothing');
});

test('SB17: nothing is asked of who never had all, is held back without losses, or is gone', async () => {
  const stranger = new Link();
  stranger.probe.note(true);
  await stranger.pass(10, 0.1);
  expect(stranger.asked).toBe(0);

  const narrow = new Link();
  narrow.probe.note(false);
  narrow.probe.note(true);
  await narrow.pass(60, 0.01);
  await narrow.pass(60, 0);
  expect(narrow.done).toEqual([]);

  const unwanted = new Link();
  unwanted.probe.note(false);
  unwanted.probe.note(true);
  await unwanted.pass(5, 0.1);
  const before = unwanted.asked;
  unwanted.probe.endHold();
  await unwanted.pass(10, 0);
  expect([unwanted.asked, unwanted.done]).toEqual([before, []]);

  const gone = new Link();
  gone.probe.note(false);
  gone.sent = undefined;
  gone.probe.note(true);
  await gone.pass(10, 0);
  expect(gone.asked).toBe(1);

  const closed = new Link();
  closed.probe.note(false);
  closed.probe.note(true);
  await closed.pass(5, 0.1);
  const { asked } = closed;
  closed.scope.close();
  await closed.pass(10, 0);
  expect(closed.asked).toBe(asked);
});
