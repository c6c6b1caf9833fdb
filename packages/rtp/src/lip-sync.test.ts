import { describe, expect, it } from 'vitest';
import { type SyncedStream, SyncGroup } from './lip-sync.ts';

/** A stream that a publisher sends: its frames come `transitMs` after they were captured. */
class Sender {
  transitMs: number;
  readonly stream: SyncedStream;
  readonly #clockRate: number;
  readonly #base: number;

  constructor(group: SyncGroup, clockRate: number, transitMs: number, base = 0xffff_0000) {
    this.stream = group.join(clockRate);
    this.#clockRate = clockRate;
    this.#base = base;
    this.transitMs = transitMs;
  }

  timestampAt(capturedAt: number, base = this.#base): number {
    return (base + Math.round((capturedAt * this.#clockRate) / 1000)) >>> 0;
  }

  /** The publisher's clock shows another time than ours. */
  report(capturedAt: number, ssrc = 1, base = this.#base): void {
    this.stream.onReport({
      ssrc,
      ntp: capturedAt + 3_900_000_000_000,
      rtpTimestamp: this.timestampAt(capturedAt, base),
    });
  }

  frame(capturedAt: number): void {
    this.stream.observe(this.timestampAt(capturedAt), capturedAt + this.transitMs);
  }
}

/** Runs both from one time to another, in ms; reports once a second. */
function run(from: number, to: number, ...senders: readonly Sender[]): void {
  for (let now = from; now < to; now += 20) {
    for (const sender of senders) {
      if (now % 1_000 === 0) sender.report(now);
      sender.frame(now);
    }
  }
}

describe('lips and voice', () => {
  it('stay as they are while both come alike', () => {
    const group = new SyncGroup();
    const [voice, camera] = [new Sender(group, 48_000, 40), new Sender(group, 90_000, 40)];
    run(0, 5_000, voice, camera);
    expect([voice.stream.delay, camera.stream.delay]).toEqual([0, 0]);
  });

  it('EG6: the voice waits for a camera that is held up on the uplink, and no longer than it is', () => {
    const group = new SyncGroup();
    const [voice, camera] = [new Sender(group, 48_000, 40), new Sender(group, 90_000, 340)];
    run(0, 3_000, voice, camera);
    expect(voice.stream.delay).toBeCloseTo(300, 0);
    expect(camera.stream.delay).toBe(0);
    camera.transitMs = 40;
    run(3_000, 13_000, voice, camera);
    expect(voice.stream.delay).toBeLessThan(5);
  });

  it('EG6: small differences are followed slowly, so that sound is stretched and does not stutter', () => {
    const group = new SyncGroup();
    const [voice, camera] = [new Sender(group, 48_000, 40), new Sender(group, 90_000, 100)];
    let before = 0;
    for (let now = 0; now < 6_000; now += 20) {
      run(now, now + 20, voice, camera);
      expect(Math.abs(voice.stream.delay - before)).toBeLessThanOrEqual(20 * 0.015 + 1e-9);
      before = voice.stream.delay;
    }
    expect(before).toBeCloseTo(60, 0);
  });

  it('finds the layer in whose clock a simulcast comes, and knows nothing without another stream', () => {
    const group = new SyncGroup();
    const camera = new Sender(group, 90_000, 240, 5_000);
    const reports = (now: number): void => {
      camera.report(now, 11, 1_234_567_890);
      camera.report(now, 12);
      camera.report(now, 13, 3_000_000_000);
    };
    reports(0);
    run(20, 1_000, camera);
    expect(camera.stream.transitAt(1_000)).toBeUndefined();
    const voice = new Sender(group, 48_000, 40);
    voice.report(0);
    for (let now = 1_000; now < 3_000; now += 20) {
      reports(now);
      voice.frame(now);
      camera.frame(now);
    }
    expect(voice.stream.delay).toBeCloseTo(200, 0);
  });

  it('waits neither for a stream that is silent, nor for one that left, nor for ever', () => {
    const group = new SyncGroup();
    const [voice, camera] = [new Sender(group, 48_000, 40), new Sender(group, 90_000, 3_040)];
    run(0, 2_000, voice, camera);
    expect(voice.stream.delay).toBe(1_000);
    run(2_000, 12_000, voice);
    expect(voice.stream.delay).toBe(0);
    run(12_000, 14_000, voice, camera);
    expect(voice.stream.delay).toBe(1_000);
    camera.stream.close();
    run(14_000, 15_000, voice);
    expect(voice.stream.delay).toBe(0);
  });

  it('ignores a report that makes no sense', () => {
    const group = new SyncGroup();
    const [voice, camera] = [new Sender(group, 48_000, 40), new Sender(group, 90_000, 40)];
    voice.report(0);
    camera.stream.onReport({ ssrc: 1, ntp: 12, rtpTimestamp: 77 });
    for (let now = 0; now < 2_000; now += 20) {
      voice.frame(now);
      camera.frame(now);
    }
    expect([voice.stream.delay, camera.stream.delay]).toEqual([0, 0]);
  });
});
