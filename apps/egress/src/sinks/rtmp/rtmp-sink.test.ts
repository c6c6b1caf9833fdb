import { RtmpServer, VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Program, SinkState } from '../sink.ts';
import { type RtmpPolicy, RtmpSink } from './rtmp-sink.ts';

const KEY = 'sEcReT-key?token=abc';
const SECOND = 30;
const program: Program = {
  videos: [
    {
      rung: { id: 'v720', width: 1280, height: 720, bitrateBps: 2_000_000 },
      config: { codec: 'h264', avcConfig: Uint8Array.of(1, 100) },
    },
    {
      rung: { id: 'v360', width: 640, height: 360, bitrateBps: 500_000 },
      config: { codec: 'h264', avcConfig: Uint8Array.of(1, 66) },
    },
  ],
  audio: { audioSpecificConfig: Uint8Array.of(0x11, 0x90), sampleRate: 48_000, channels: 2, bitrateBps: 64_000 },
  frameRate: 30,
  framesPerPart: 10,
  partsPerSegment: 6,
  firstTick: 40,
  startedAtMs: 1_793_000_000_000,
};

let server: RtmpServer;
let port: number;
let clock: VirtualClock;
let sinks: RtmpSink[];
let log: string[];

beforeEach(async () => {
  server = new RtmpServer();
  port = await server.listen();
  clock = new VirtualClock();
  [sinks, log] = [[], []];
});

afterEach(async () => {
  for (const sink of sinks) sink.close();
  await server.close();
});

const note = (fields: object, message?: string): void => void log.push(JSON.stringify({ ...fields, message }));
const logger = { debug: note, info: note, warn: note, error: note, child: () => logger };

function start(change: { readonly url?: string; readonly allowPrivate?: boolean; readonly policy?: RtmpPolicy } = {}): {
  sink: RtmpSink;
  states: SinkState[];
} {
  const url = `rtmp://127.0.0.1:${port}/live/${KEY}`;
  const sink = new RtmpSink({ id: 'out', url, rung: 'v360', allowPrivate: true, clock, logger, ...change });
  const states: SinkState[] = [];
  sink.status.onChange((state) => states.push(state));
  sinks.push(sink);
  sink.open(program);
  return { sink, states };
}

let nextTick = 40;
/** What encoders make in so many ticks: a key frame each two seconds, the sound beside it. */
function make(sink: RtmpSink, ticks: number, bytes = 8): void {
  for (const end = nextTick + ticks; nextTick < end; nextTick++) {
    const isKeyframe = nextTick % 60 === 0;
    sink.picture(0, { tick: nextTick, isKeyframe, data: new Uint8Array(bytes) });
    sink.picture(1, { tick: nextTick, isKeyframe, data: new Uint8Array(bytes).fill(nextTick & 0xff) });
    const sample = Math.ceil((nextTick * 1600) / 1024) * 1024;
    if (sample < (nextTick + 1) * 1600) sink.audio({ sample, data: Uint8Array.of(5) });
  }
}

const publication = (index: number) =>
  waitFor(`stream ${index} is taken`, () => server.publications[index]).then(async (taken) => {
    // The answer to the publisher is under way.
    await waitFor('its headers are there', () => taken.messages.length >= 3);
    return taken;
  });

const pictures = (messages: readonly { type: number; timestamp: number; body: Uint8Array }[]) =>
  messages.filter(({ type, body }) => type === 9 && body[1] === 1);

describe('a program on another platform', () => {
  it('RTMP3: begins with a key frame at time 0, headers before, sound and pictures of one rung by their time', async () => {
    const { sink, states } = start();
    const { app, streamKey, messages } = await publication(0);
    expect([app, streamKey]).toEqual(['live', KEY]);
    make(sink, 5 * SECOND);
    await sink.end();
    await waitFor('all is there', () => pictures(messages).length === nextTick - 60);
    expect(messages.slice(0, 3).map(({ type, body }) => [type, body[1]])).toEqual([
      [18, expect.anything()],
      [9, 0],
      [8, 0],
    ]);
    const media = messages.slice(3);
    expect(media[0]).toMatchObject({ type: 9, timestamp: 0 });
    expect([...media[0]!.body.subarray(0, 6)]).toEqual([0x17, 1, 0, 0, 0, 60]);
    const times = media.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(pictures(media).map(({ timestamp }) => timestamp)).toEqual(
      pictures(media).map((_, i) => Math.round((i * 1000) / 30)),
    );
    expect(media.filter(({ type }) => type === 8).length).toBeGreaterThan(100);
    expect(states.map(({ phase }) => phase)).toEqual(['running', 'ended']);
  });

  it('RTMP4: a connection that is lost is made again after a while, and goes on with a key frame', async () => {
    const { sink, states } = start();
    const first = await publication(0);
    make(sink, 3 * SECOND);
    first.drop();
    await waitFor('it is to be tried again', () => states.at(-1)?.phase === 'retrying');
    make(sink, SECOND);
    expect(server.connections).toBe(1);
    clock.advance(1_000);
    const second = await publication(1);
    make(sink, 4 * SECOND);
    await waitFor('it goes on', () => pictures(second.messages).length > 0);
    expect(pictures(second.messages)[0]).toMatchObject({ timestamp: 0 });
    expect(pictures(second.messages)[0]!.body[0]).toBe(0x17);
    expect(states.map(({ phase }) => phase)).toEqual(['running', 'retrying', 'running']);
  });

  it('RTMP5: one that cannot be reached is tried ten times in a row, then it has failed', async () => {
    await server.close();
    const { states } = start({ policy: { backoff: { firstMs: 1_000, capMs: 1_000 }, maxFailures: 10, stableMs: 1 } });
    for (let failures = 1; failures < 10; failures++) {
      await waitFor(`try ${failures} failed`, () => states.length === failures);
      expect(states.at(-1)).toMatchObject({ phase: 'retrying', code: 'rtmp_unreachable' });
      clock.advance(1_000);
    }
    await waitFor('it has failed', () => states.at(-1)?.phase === 'failed');
    expect(states.at(-1)).toMatchObject({ message: '127.0.0.1: ECONNREFUSED' });
    server = new RtmpServer();
    await server.listen();
  });

  it('RTMP5: one that accepts and says nothing is given up after ten seconds', async () => {
    server.behaviour = 'silent';
    const { states } = start();
    await waitFor('it is connected', () => server.connections === 1);
    clock.advance(10_000);
    expect(states).toMatchObject([{ phase: 'retrying', code: 'rtmp_unreachable' }]);
  });

  it('RTMP6: one that is too slow loses pictures from one key frame to another, and they are counted', async () => {
    server.behaviour = 'stalls';
    const { sink, states } = start();
    const stalled = await waitFor('it is taken', () => server.publications[0]);
    await waitFor('headers are sent', () => {
      make(sink, 60);
      return states.some(({ phase }) => phase === 'running');
    });
    // Far more than sockets of two sides hold.
    make(sink, 20 * SECOND, 100_000);
    expect(log.filter((line) => line.includes('too slow'))).toHaveLength(1);
    stalled.resume();
    await waitFor('it has caught up', () => {
      make(sink, 1);
      return log.some((line) => line.includes('were left out'));
    });
    expect(Number(/"pictures":(\d+)/.exec(log.join())?.[1])).toBeGreaterThan(60);
    const mark = nextTick;
    make(sink, 60);
    await waitFor('it goes on', () => pictures(stalled.messages).some(({ body }) => body[5] === (mark & 0xff)));
    const shown = pictures(stalled.messages).map(({ timestamp, body }) => ({ timestamp, isKey: body[0] === 0x17 }));
    const after = shown.filter(({ timestamp }, i) => i > 0 && timestamp - shown[i - 1]!.timestamp > 40);
    expect(after).toEqual([expect.objectContaining({ isKey: true })]);
    expect(states.map(({ phase }) => phase)).toEqual(['running']);
  });

  it('RTMP6: one that takes nothing for fifteen seconds is connected anew', async () => {
    server.behaviour = 'stalls';
    const { sink, states } = start();
    await waitFor('it is taken', () => server.publications[0]);
    await waitFor('more waits than fits', () => {
      make(sink, 60, 200_000);
      return log.some((line) => line.includes('too slow'));
    });
    await waitFor('it is taken for gone', () => {
      clock.advance(1_000);
      return states.at(-1)?.phase === 'retrying';
    });
    expect(states.at(-1)).toMatchObject({ code: 'rtmp_stalled' });
  });

  it('RTMP7: a refusal is told without the stream key', async () => {
    server.behaviour = 'refuses';
    const { states } = start();
    await waitFor('it was refused', () => states.length === 1);
    expect(states).toMatchObject(
      [{ phase: 'retrying', code: 'rtmp_refused', message: /BadName/ }].map((state) => ({
        ...state,
        message: expect.stringMatching(state.message),
      })),
    );
    expect(JSON.stringify([states, log])).not.toMatch(/sEcReT|token=abc/);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]', '2130706433'])(
    'API7, RTMP8: %s is not connected to unless that is allowed',
    async (host) => {
      const { states } = start({ url: `rtmp://${host}:${port}/live/${KEY}`, allowPrivate: false });
      await waitFor('it has failed', () => states.length === 1);
      expect(states).toMatchObject([{ phase: 'failed', code: 'rtmp_private' }]);
      expect(server.connections).toBe(0);
    },
  );

  it('RTMP3: ends while nobody answers', async () => {
    server.behaviour = 'silent';
    const { sink, states } = start();
    await waitFor('it is connected', () => server.connections === 1);
    const ended = sink.end();
    clock.advance(3_000);
    await ended;
    expect(states.map(({ phase }) => phase)).toEqual(['ended']);
  });
});
