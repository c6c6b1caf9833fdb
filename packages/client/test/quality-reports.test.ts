import { expect, it } from 'vitest';
import type { StatsEntry } from '../src/environment.ts';
import { readingOf, samplesBetween } from '../src/quality-samples.ts';
import { advance, joined } from './joined.ts';

const entry = (type: string, more: object): StatsEntry => ({ type, timestamp: 0, ...more });
const trackAt = (mid: string) => ({ trackId: `t${mid}`, source: 'regular' });

/** Of a camera's one layer, with what its receiver says. */
const sent = (timestamp: number, bytesSent: number, packetsSent: number): StatsEntry[] => [
  entry('outbound-rtp', {
    timestamp,
    id: 'o1',
    mid: '1',
    kind: 'video',
    rid: 'f',
    remoteId: 'r1',
    bytesSent,
    packetsSent,
    framesPerSecond: 30,
  }),
  entry('remote-inbound-rtp', { timestamp, id: 'r1', packetsLost: 7, roundTripTime: 0.0404, jitter: 0.003 }),
];

it('makes of two readings what was between them', () => {
  const before = readingOf(sent(1_000, 0, 0), true, trackAt);
  const after = readingOf(sent(11_000, 1_000_000, 900), true, trackAt);
  expect(samplesBetween(before, after)).toMatchObject([
    {
      track: { isPublished: true, kind: 'video', trackId: 't1', rid: 'f' },
      sample: {
        ...{ timestamp: 11_000, avg_bitrate_bps: 800_000, avg_fps: 30, total_packets_lost: 7, total_packets_sent: 900 },
        ...{ avg_round_trip_time_ms: 40, avg_jitter_ms: 3 },
      },
    },
  ]);
  expect(samplesBetween(new Map(), after)).toEqual([]);
  expect(samplesBetween(after, after)).toEqual([]);
});

it('counts what was received in the span alone, and only tracks that are known', () => {
  const received = (timestamp: number, by: number): StatsEntry[] => [
    entry('inbound-rtp', {
      ...{
        timestamp,
        id: 'i1',
        mid: '0',
        kind: 'audio',
        bytesReceived: 100 * by,
        packetsReceived: 50 * by,
        packetsLost: by,
      },
      ...{ concealedSamples: 960 * by, silentConcealedSamples: 480 * by },
    }),
    entry('inbound-rtp', { timestamp, id: 'i2', mid: '1', kind: 'video', freezeCount: by, framesPerSecond: 12 }),
    entry('inbound-rtp', { timestamp, id: 'i3', kind: 'video' }),
  ];
  const samples = samplesBetween(
    readingOf(received(0, 1), false, trackAt),
    readingOf(received(10_000, 3), false, trackAt),
  );
  expect(samples.map(({ sample }) => sample)).toEqual([
    {
      ...{ timestamp: 10_000, avg_bitrate_bps: 160, total_packets_received: 100, total_packets_lost: 2 },
      audio_concealed_samples: 960,
    },
    { timestamp: 10_000, avg_bitrate_bps: 0, avg_frames_decoded_per_sec: 12, freeze_count: 2 },
  ]);
});

it('QUA4: is told each minute and at the end, where the server wants to know', async () => {
  const { host, clock, session } = await joined('broadcaster', { microphone: true });
  const reports = () => host.sockets.flatMap((socket) => socket.requests('analytics')).map(({ params }) => params);
  let now = 0;
  host.publish.statsEntries = () => {
    now += 10_000;
    const counted = { bytesSent: now, packetsSent: now / 20 };
    return [entry('outbound-rtp', { timestamp: now, id: 'o', mid: '1', kind: 'audio', ...counted })];
  };
  await advance(clock, 60_000);
  expect(reports()).toEqual([]);
  host.flags = ['subscribeStats'];
  host.socket.drop();
  await advance(clock, 75_000);
  const told = reports();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({
    name: 'publisher.stats',
    info: { video: [], audio: [{ source: 'regular', samples: expect.any(Array) }] },
  });
  await advance(clock, 20_000);
  session.leave();
  expect(reports()).toHaveLength(2);
  expect(host.socket.frames.at(-1)).toMatchObject({ method: 'leave' });
});
