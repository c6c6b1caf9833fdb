import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AacFrame,
  type EncodedPicture,
  type Program,
  type Sink,
  type SinkState,
  SinkStatus,
  type ThumbnailSheet,
} from './sink.ts';
import { type ProgramStart, SinkSet } from './sink-set.ts';

const start: ProgramStart = {
  videos: [],
  audio: { audioSpecificConfig: new Uint8Array(), sampleRate: 48_000, channels: 2, bitrateBps: 128_000 },
  primingSamples: 1024,
  frameRate: 30,
  framesPerPart: 10,
  partsPerSegment: 6,
  firstTick: 40,
  startedAtMs: 1_793_000_000_000,
};

class FakeSink implements Sink {
  readonly status = new SinkStatus();
  program: Program | undefined;
  readonly ticks: number[] = [];
  readonly samples: number[] = [];
  readonly sheets: number[] = [];
  closed = 0;
  failsAt = Number.POSITIVE_INFINITY;
  /** First ticks of what it was opened anew for, and how many pictures had come by then. */
  readonly reopened: [tick: number, pictures: number][] = [];

  constructor(readonly id: string) {}

  open(program: Program): void {
    this.program = program;
  }

  reopen({ firstTick }: Program): void {
    this.reopened.push([firstTick, this.ticks.length]);
  }

  picture(_rung: number, { tick }: EncodedPicture): void {
    if (tick >= this.failsAt) throw new Error(`no room for ${tick}`);
    this.ticks.push(tick);
  }

  audio({ sample }: AacFrame): void {
    this.samples.push(sample);
  }

  thumbnails({ ticks }: ThumbnailSheet): void {
    this.sheets.push(ticks.length);
  }

  async end(): Promise<void> {
    this.status.become('ended');
  }

  close(): void {
    this.closed++;
  }
}

let states: [string, SinkState['phase']][];
let set: SinkSet;

beforeEach(() => {
  states = [];
  set = new SinkSet({ onState: (sink, state) => states.push([sink.id, state.phase]) });
});

const pictures = (from: number, to: number): void => {
  for (let tick = from; tick < to; tick++) {
    set.picture(0, { tick, isKeyframe: tick === 40 || tick % 60 === 0, data: Uint8Array.of(1) });
  }
};

describe('EG40: small pictures', () => {
  const sheet = (tiles: number): ThumbnailSheet => ({
    number: 0,
    ticks: Array.from({ length: tiles }, (_, i) => 40 + 120 * i),
    columns: 5,
    tileWidth: 160,
    tileHeight: 90,
    data: new Uint8Array(4),
  });

  it('go to all sinks, and the newest to one that joins', () => {
    const first = new FakeSink('a');
    set.add(first);
    set.thumbnails(sheet(1));
    expect(first.sheets).toEqual([]);
    set.start(start);
    set.thumbnails(sheet(2));
    const late = new FakeSink('b');
    set.add(late);
    set.thumbnails(sheet(3));
    expect(first.sheets).toEqual([1, 2, 3]);
    expect(late.sheets).toEqual([2, 3]);
  });
});

describe('EG43: an output whose pictures are not made yet', () => {
  it.each([
    ['before the program begins, with it', 40, 0, 40],
    ['the segment from which on they are', 50, 120, 120],
    ['the next segment, when they have been for long', 130, 60, 180],
  ])('begins with %s', async (_, made, fromTick, first) => {
    const late = new FakeSink('b');
    let tell: (tick: number) => void = () => {};
    const ready = new Promise<number>((resolve) => {
      tell = resolve;
    });
    if (made > 40) set.start(start);
    pictures(40, made);
    set.add(late, ready);
    tell(fromTick);
    await ready;
    if (made === 40) set.start(start);
    pictures(made, 200);
    expect(late.program?.firstTick).toBe(first);
    expect(late.ticks[0]).toBe(first);
  });

  it('begins once they are, when the program began meanwhile; not after it was let go', async () => {
    const [late, gone] = [new FakeSink('b'), new FakeSink('c')];
    let tell: (tick: number) => void = () => {};
    const ready = new Promise<number>((resolve) => {
      tell = resolve;
    });
    set.add(late, ready);
    set.add(gone, ready);
    set.start(start);
    pictures(40, 45);
    expect(late.program).toBeUndefined();
    set.remove('c');
    tell(60);
    await ready;
    pictures(45, 70);
    expect([late.ticks[0], gone.program]).toEqual([60, undefined]);
  });
});

describe('EG32: where an output begins', () => {
  it('is the first picture there is, also when it overtook the start, and sound without priming', () => {
    const sink = new FakeSink('a');
    set.add(sink);
    pictures(40, 42);
    set.start(start);
    pictures(42, 44);
    for (let i = 0; i < 3; i++) set.audio(new Uint8Array(4));
    expect(sink.program?.firstTick).toBe(40);
    expect(sink.ticks).toEqual([40, 41, 42, 43]);
    expect(sink.samples).toEqual([64_000, 65_024]);
  });

  it.each([
    ['the next segment', 55, 0, 60],
    ['the one after, when its keyframe was made already', 61, 0, 120],
    ['the one after, when its sound was mixed already', 59, 40, 120],
  ])('is %s for one that joins later', (_, made, frames, first) => {
    set.add(new FakeSink('a'));
    set.start(start);
    pictures(40, made);
    for (let i = 0; i < frames; i++) set.audio(new Uint8Array(4));
    const late = new FakeSink('b');
    set.add(late);
    pictures(made, 125);
    for (let i = frames; i < 130; i++) set.audio(new Uint8Array(4));
    expect(late.program?.firstTick).toBe(first);
    expect(late.ticks[0]).toBe(first);
    const firstSample = (first * 48_000) / 30;
    expect(late.samples[0]! - firstSample).toBeGreaterThanOrEqual(0);
    expect(late.samples[0]! - firstSample).toBeLessThan(1024);
  });
});

describe('EG33: what goes wrong in an output', () => {
  it('is its own: it is let go, and the others get everything and end', async () => {
    const [bad, good] = [new FakeSink('bad'), new FakeSink('good')];
    set.add(bad);
    set.add(good);
    set.start(start);
    bad.failsAt = 45;
    pictures(40, 50);
    expect(bad.status.state).toEqual({ phase: 'failed', code: 'packaging_failed', message: 'no room for 45' });
    expect(bad.ticks).toEqual([40, 41, 42, 43, 44]);
    expect(bad.closed).toBe(1);
    expect(good.ticks).toHaveLength(10);
    await set.end();
    pictures(50, 51);
    expect(good.ticks).toHaveLength(10);
    expect(states).toEqual([
      ['bad', 'failed'],
      ['good', 'ended'],
    ]);
  });

  it('is final: nothing it says later changes its state', () => {
    const sink = new FakeSink('a');
    set.add(sink);
    sink.status.become('running');
    sink.status.become('running');
    sink.status.fail('disk_full', 'no space');
    sink.status.become('ended');
    expect(states).toEqual([
      ['a', 'running'],
      ['a', 'failed'],
    ]);
  });

  it('does not reach one that has taken its place', () => {
    const [before, after] = [new FakeSink('a'), new FakeSink('a')];
    set.add(before);
    set.start(start);
    set.add(after);
    before.status.fail('gone', '');
    pictures(40, 41);
    expect(before.closed).toBe(1);
    expect(after.closed).toBe(0);
    expect(after.ticks).toEqual([40]);
  });
});

describe('EG33: an output that is not wanted any more', () => {
  it('gets nothing more and ends; the others go on, and the end of all waits for it', async () => {
    const [leaving, staying] = [new FakeSink('leaving'), new FakeSink('staying')];
    let written = (): void => {};
    leaving.end = async () => {
      await new Promise<void>((resolve) => {
        written = resolve;
      });
      leaving.status.become('ended');
    };
    set.add(leaving);
    set.add(staying);
    set.start(start);
    pictures(40, 42);
    set.finish('leaving');
    pictures(42, 44);
    expect(set.ids).toEqual(['staying']);
    expect(leaving.ticks).toEqual([40, 41]);
    expect(staying.ticks).toEqual([40, 41, 42, 43]);
    const ended = set.end().then(() => states.push(['all', 'ended']));
    expect(leaving.closed).toBe(0);
    written();
    await ended;
    expect(leaving.closed).toBe(1);
    expect(states).toEqual([
      ['staying', 'ended'],
      ['leaving', 'ended'],
      ['all', 'ended'],
    ]);
  });
});

describe('EG50: an output that goes over to another set', () => {
  /** As both sets get it: pictures of two rungs, and the sound that belongs to them. */
  const made = (of: SinkSet, from: number, to: number, rungs = [0, 1]): void => {
    for (let tick = from; tick < to; tick++) {
      for (const rung of rungs) of.picture(rung, { tick, isKeyframe: tick % 60 === 0, data: Uint8Array.of(1) });
    }
  };
  const sounds = (count: number, ...sets: readonly SinkSet[]): void => {
    for (let i = 0; i < count; i++) for (const one of sets) one.audio(new Uint8Array(4));
  };
  /** Ticks 40 to 50 are made, with their sound, when another picture comes. */
  const begun = () => {
    const sink = new FakeSink('a');
    set.add(sink);
    set.start(start);
    made(set, 40, 50);
    sounds(17, set);
    const next = new SinkSet({ onState: (of, state) => states.push([`${of.id} there`, state.phase]) });
    next.start(start, set.soundFrames);
    return { sink, next };
  };

  it('gets all that comes before one tick from one, and then all from the other, whichever is ahead', async () => {
    const { sink, next } = begun();
    const moved = set.move('a', next, { rungs: [0, 1], ready: Promise.resolve(60) });
    await Promise.resolve();
    expect([set.ids, next.ids]).toEqual([[], ['a']]);
    made(next, 60, 64);
    made(set, 50, 62, [0]);
    sounds(30, set, next);
    expect(sink.reopened).toEqual([]);
    made(set, 50, 61, [1]);
    await moved;
    made(set, 61, 70);
    made(next, 64, 66);
    // Those of two rungs before the change, all of them.
    expect(sink.reopened).toEqual([[60, 40]]);
    expect(sink.ticks.slice(0, 40).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => [40 + i, 40 + i]).flat(),
    );
    expect(sink.ticks.slice(40)).toEqual([60, 60, 61, 61, 62, 62, 63, 63, 64, 64, 65, 65]);
    // No sound twice, and none left out.
    expect(sink.samples).toEqual(sink.samples.map((_, i) => 64_000 + i * 1024));
    sink.status.become('running');
    expect(states).toEqual([['a there', 'running']]);
  });

  it('goes over with a later segment when this one has begun here', async () => {
    const { sink, next } = begun();
    made(set, 50, 62);
    const moved = set.move('a', next, { rungs: [0, 1], ready: Promise.resolve(60) });
    await Promise.resolve();
    made(next, 60, 122);
    made(set, 62, 121);
    sounds(120, set, next);
    await moved;
    expect(sink.reopened).toEqual([[120, 160]]);
    expect(sink.ticks.slice(160)).toEqual([120, 120, 121, 121]);
  });

  it('has not gone over when the end comes before', async () => {
    const { sink, next } = begun();
    void set.move('a', next, { rungs: [0, 1], ready: Promise.resolve(60) });
    await Promise.resolve();
    made(set, 50, 55);
    await Promise.all([set.end(), next.end()]);
    expect(sink.reopened).toEqual([]);
    expect(sink.status.state.phase).toBe('ended');
  });

  it('goes over at the end when that comes in between', async () => {
    const { sink, next } = begun();
    void set.move('a', next, { rungs: [0, 1], ready: Promise.resolve(60) });
    await Promise.resolve();
    made(set, 50, 60);
    made(next, 60, 62);
    await Promise.all([set.end(), next.end()]);
    expect(sink.reopened).toEqual([[60, 40]]);
    expect(sink.ticks.slice(40)).toEqual([60, 60, 61, 61]);
  });
});
