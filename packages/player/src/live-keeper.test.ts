import { describe, expect, it } from 'vitest';
import { FakeVideo } from '../test/fake-video.ts';
import { LiveKeeper } from './live-keeper.ts';
import { FASTEST, SLOWEST } from './live-rate.ts';

const PART = 0.25;
const HOLD_BACK = 3 * PART;
const SEGMENT = 2;
/** Browsers tell of the time this often. */
const TELL_MS = 250;
const TURN_MS = 10;

/** A viewer of a stream whose parts come `late` seconds after their end, and the browser that plays what has come. */
class Viewing {
  readonly video = new FakeVideo();
  readonly keeper = new LiveKeeper(
    this.video.element,
    () => {
      if (!this.isLive) return undefined;
      const edge = this.video.bufferedUntil ?? 0;
      const age = (this.now - this.#cameAt) / 1000;
      return { position: edge + age - HOLD_BACK, holdBack: HOLD_BACK, partTarget: PART, targetDuration: SEGMENT };
    },
    () => this.now,
  );
  now = 0;
  isLive = true;
  late = 0.05;
  stalls = 0;
  readonly rates = new Set<number>();
  #cameAt = 0;
  #stands = false;

  /** @param startsBehind seconds behind the last part's end */
  constructor(startsBehind: number) {
    this.now = 10_000;
    this.video.bufferedUntil = 10;
    this.#cameAt = this.now;
    this.video.currentTime = 10 - startsBehind;
  }

  play(seconds: number): void {
    this.rates.clear();
    const until = this.now + seconds * 1000;
    while (this.now < until) {
      this.now += TURN_MS;
      this.#receive();
      this.#show();
      if (!this.#stands && this.now % TELL_MS === 0) this.video.dispatchEvent(new Event('timeupdate'));
      this.rates.add(this.video.playbackRate);
    }
  }

  /** Behind the moment of capture. */
  get latency(): number {
    return this.now / 1000 - this.video.currentTime;
  }

  #receive(): void {
    const end = Math.floor((this.now / 1000 - this.late) / PART) * PART;
    if (end <= this.video.bufferedUntil!) return;
    this.video.bufferedUntil = end;
    this.#cameAt = this.now;
  }

  #show(): void {
    const next = this.video.currentTime + (TURN_MS / 1000) * this.video.playbackRate;
    const runsDry = next > this.video.bufferedUntil!;
    if (runsDry && !this.#stands) {
      this.stalls++;
      this.keeper.stalled();
    }
    this.#stands = runsDry;
    if (!runsDry) this.video.currentTime = next;
  }
}

describe('LiveKeeper', () => {
  it('PLY1: brings a viewer who began behind to the hold-back, and leaves them there', () => {
    const viewing = new Viewing(2.5);
    viewing.play(15);
    expect([...viewing.rates]).toContain(FASTEST);
    viewing.play(10);
    expect(viewing.latency).toBeLessThan(HOLD_BACK + viewing.late + 0.1);
    expect(viewing.latency).toBeGreaterThan(HOLD_BACK - 0.05);
    expect([...viewing.rates]).toEqual([1]);
    expect(viewing.stalls).toBe(0);
  });

  it('PLY2: plays slower, and does not stand, while parts come ever later', () => {
    const viewing = new Viewing(HOLD_BACK);
    viewing.play(5);
    const rates = new Set<number>();
    for (let late = 0.05; late < 0.6; late += 0.01) {
      viewing.late = late;
      viewing.play(1);
      for (const rate of viewing.rates) rates.add(rate);
    }
    expect([...rates]).toContain(SLOWEST);
    viewing.play(20);
    expect(viewing.stalls).toBe(0);
  });

  it('PLY3: stays further behind after a stall, and comes back once parts are on time again', () => {
    const viewing = new Viewing(HOLD_BACK);
    viewing.play(5);
    viewing.late = 0.9;
    viewing.play(3);
    expect(viewing.stalls).toBeGreaterThan(0);
    expect(viewing.keeper.position).toBeLessThan(viewing.now / 1000 - HOLD_BACK - 0.15);
    // Parts a second late once in ten seconds: it has learnt, so nothing stands any more, and nothing is taken back.
    const spikes = (times: number): void => {
      for (let time = 0; time < times; time++) {
        viewing.late = 0.05;
        viewing.play(9.5);
        viewing.late = 0.9;
        viewing.play(0.5);
      }
      viewing.late = 0.05;
    };
    spikes(10);
    const before = viewing.stalls;
    spikes(20);
    expect(viewing.stalls).toBe(before);
    viewing.play(600);
    expect(viewing.stalls).toBe(before);
    expect(viewing.latency).toBeLessThan(HOLD_BACK + viewing.late + 0.1);
  });

  it('PLY4: leaves the rate of who has gone back alone at 1, and of what is not live at what it was', () => {
    const viewing = new Viewing(0);
    viewing.now += 60_000;
    viewing.play(1);
    viewing.video.currentTime -= 40;
    viewing.play(3);
    expect([...viewing.rates]).toEqual([1]);
    viewing.isLive = false;
    viewing.play(1);
    viewing.video.playbackRate = 2;
    viewing.play(1);
    expect([...viewing.rates]).toEqual([2]);
  });

  it('sets the rate back when the stream ends, or the keeper does', () => {
    const ended = new Viewing(2.5);
    ended.play(1);
    expect(ended.video.playbackRate).toBeGreaterThan(1);
    ended.isLive = false;
    ended.play(0.5);
    expect(ended.video.playbackRate).toBe(1);

    const closed = new Viewing(2.5);
    closed.play(1);
    closed.keeper.close();
    expect(closed.video.playbackRate).toBe(1);
    closed.play(1);
    expect([...closed.rates]).toEqual([1]);
  });
});
