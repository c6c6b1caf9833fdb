import { waitFor } from '@amphi/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** How media have fared: from reports of clients to `GET /v2/analytics/peer-stats`. */

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;
const entered: WireClient[] = [];

beforeAll(async () => {
  platform = await startPlatform();
  baseUrl = await platform.listen();
});
beforeEach(async () => {
  studio = await makeStudio(platform);
});
afterEach(() => {
  for (const client of entered.splice(0)) client.close();
});
afterAll(() => platform.close());

async function get(path: string, of: Studio = studio) {
  const headers = { authorization: `Bearer ${of.managementToken}` };
  const answer = await platform.web.inject({ url: `/v2${path}`, headers });
  return { status: answer.statusCode, body: answer.json() };
}

async function enter(): Promise<{ client: WireClient; sessionId: string }> {
  const payload = JSON.stringify({ code: studio.codes.broadcaster });
  const { token } = (await platform.web.inject({ method: 'POST', url: '/v2/token', payload })).json() as {
    token: string;
  };
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token }).opened();
  entered.push(client);
  await client.request('join', { name: 'Ann', data: '' });
  return { client, sessionId: (await client.next('session-info')).session_id };
}

const statsPath = (sessionId: string, peerId: string): string =>
  `/analytics/peer-stats?session_id=${sessionId}&peer_id=${peerId}`;

/** After the session. */
async function statsOf(sessionId: string, peerId: string) {
  await platform.web.inject({
    method: 'POST',
    url: `/v2/active-rooms/${studio.roomId}/end-room`,
    headers: { authorization: `Bearer ${studio.managementToken}` },
    payload: '{}',
  });
  return waitFor('the session is over', async () => {
    const { status, body } = await get(statsPath(sessionId, peerId));
    return status === 200 ? body : undefined;
  });
}

const camera = (rid: string, ...samples: object[]) => ({ track_id: 'cam', source: 'regular', rid, ssrc: '1', samples });

it('QUA1: what a client reported of its tracks is there when the session is over, as series', async () => {
  const { client, sessionId } = await enter();
  client.notify('analytics', {
    name: 'publisher.stats',
    info: {
      video: [
        camera('f', {
          timestamp: 30_000,
          avg_bitrate_bps: 900_000,
          avg_fps: 30,
          total_packets_lost: 0,
          total_packets_sent: 900,
        }),
        camera('q', { timestamp: 30_000, avg_bitrate_bps: 90_000 }),
      ],
      audio: [
        {
          track_id: 'mic',
          source: 'regular',
          samples: [{ timestamp: 30_000, avg_bitrate_bps: 32_000, avg_round_trip_time_ms: 20, avg_jitter_ms: 2 }],
        },
      ],
    },
  });
  client.notify('analytics', {
    name: 'publisher.stats',
    info: {
      video: [
        camera('f', {
          timestamp: 60_000,
          avg_bitrate_bps: 800_000,
          avg_fps: 24,
          total_packets_lost: 30,
          total_packets_sent: 1_900,
        }),
        // A new connection counts from its beginning.
        camera('f', { timestamp: 90_000, avg_bitrate_bps: 700_000, total_packets_lost: 1, total_packets_sent: 100 }),
      ],
    },
  });
  client.notify('analytics', {
    name: 'subscriber.stats',
    info: {
      video: [
        {
          track_id: 'scr',
          source: 'screen',
          samples: [{ timestamp: 40_000, avg_frames_decoded_per_sec: 5, freeze_count: 1 }],
        },
      ],
      audio: [
        {
          track_id: 'voice',
          source: 'regular',
          samples: [
            { timestamp: 40_000, total_packets_lost: 5, total_packets_received: 495, audio_concealed_samples: 480 },
          ],
        },
      ],
    },
  });
  expect(await client.request('peer-update', { name: 'Anna' })).toMatchObject({ result: {} });
  await waitFor('the session is known', async () => (await get(statsPath(sessionId, client.peerId))).status === 400);
  expect((await get(statsPath(sessionId, client.peerId))).body.message).toMatch(/when it is over/);
  expect(await statsOf(sessionId, client.peerId)).toEqual({
    ...{ peer_id: client.peerId, session_id: sessionId, room_id: studio.roomId },
    publisher: {
      video: [
        {
          ...{ track_id: 'cam', type: 'regular', rid: 'h' },
          time_series: {
            timestamps: [30_000, 60_000, 90_000],
            bitrate: [900_000, 800_000, 700_000],
            fps: [30, 24, null],
            packet_loss_percent: [0, 3, 1],
            rtt_ms: [null, null, null],
          },
        },
        {
          ...{ track_id: 'cam', type: 'regular', rid: 'l' },
          time_series: {
            timestamps: [30_000],
            bitrate: [90_000],
            fps: [null],
            packet_loss_percent: [null],
            rtt_ms: [null],
          },
        },
      ],
      audio: [
        {
          track_id: 'mic',
          time_series: {
            timestamps: [30_000],
            bitrate: [32_000],
            packet_loss_percent: [null],
            rtt_ms: [20],
            jitter_ms: [2],
          },
        },
      ],
    },
    subscriber: {
      video: [
        {
          ...{ track_id: 'scr', type: 'screen' },
          time_series: { timestamps: [40_000], bitrate: [null], fps: [5], freeze_count: [1] },
        },
      ],
      audio: [
        {
          track_id: 'voice',
          time_series: { timestamps: [40_000], bitrate: [null], concealed_samples: [480], packet_loss_percent: [1] },
        },
      ],
    },
  });
});

it('QUA2: reports that no client makes, and too many of one, are taken and not kept', async () => {
  const { client, sessionId } = await enter();
  const report = (track_id: string, samples: object[]) =>
    client.notify('analytics', {
      name: 'publisher.stats',
      info: { audio: [{ track_id, source: 'regular', samples }] },
    });
  const samples = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ timestamp: index, avg_bitrate_bps: 1 }));
  report('long', samples(41));
  client.notify('analytics', { name: 'publisher.stats', info: 'nonsense' });
  for (let index = 0; index < 20; index++) report(`t${index}`, samples(1));
  expect(await client.request('peer-update', { name: 'Anna' })).toMatchObject({ result: {} });
  const { publisher } = await statsOf(sessionId, client.peerId);
  const kept = publisher.audio.map(({ track_id }: { track_id: string }) => track_id);
  expect(kept).toEqual(['t0', 't1', 't2', 't3', 't4', 't5']);
});

it('QUA3: nothing is told of others, of who was not there, or without both ids', async () => {
  const { client, sessionId } = await enter();
  const stats = await statsOf(sessionId, client.peerId);
  const none = { video: [], audio: [] };
  expect(stats).toMatchObject({ publisher: none, subscriber: none });
  expect((await get(statsPath(sessionId, client.peerId), await makeStudio(platform))).status).toBe(404);
  expect((await get(statsPath(sessionId, 'nobody'))).status).toBe(404);
  expect((await get(`/analytics/peer-stats?session_id=${sessionId}`)).status).toBe(400);
});
