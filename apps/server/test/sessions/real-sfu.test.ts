import { silentLogger } from '@amphi/base';
import { createSfu, type Sfu } from '@amphi/sfu';
import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOffer } from './client-offer.ts';
import { makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import { WireClient } from './wire-client.ts';

/** Signaling with real media workers behind it; no media flows, the SDP and its consequences do. */

let sfu: Sfu;
let host: TestHost;

beforeAll(async () => {
  sfu = await createSfu({ workers: 2, listen: [{ ip: '127.0.0.1' }], logger: silentLogger });
  host = await startTestHost({ realSfu: sfu });
});

afterAll(async () => {
  await host.close();
  sfu.close();
  await sfu.closed;
});

const join = (client: WireClient, session: string) =>
  client.request('join', {
    name: 'x',
    disableVidAutoSub: true,
    offer: { type: 'offer', sdp: clientOffer(session, 1) },
  });

function publish(client: WireClient, session: string, version: number, id: string, nodeId: string) {
  const track = { track_id: id, stream_id: `stream-${session}`, type: 'audio', source: 'regular', mute: false };
  const sdp = clientOffer(session, version, [id]);
  return client.request('offer', { desc: { type: 'offer', sdp }, tracks: { [id]: track }, sfu_node_id: nodeId });
}

describe('signaling over real media workers', () => {
  it('SIG14: answers an offer of a data channel only, and offers its own', async () => {
    const client = await host.connect('viewer-realtime');
    const { result } = await join(client, '1');
    expect(result).toMatchObject({ type: 'answer', sfu_node_id: 'sfu-test-1' });
    expect(result?.sdp).toMatch(/m=application [1-9]\d* UDP\/DTLS\/SCTP webrtc-datachannel/);
    expect(result?.sdp).toMatch(/a=candidate:.* udp .* 127\.0\.0\.1 /i);
    const { sdp } = await client.next('offer');
    expect(sdp).toMatch(/m=application [1-9]\d* UDP\/DTLS\/SCTP webrtc-datachannel/);
    expect(sdp).toContain('a=setup:actpass');
    client.close();
  });

  it('SIG15: survives garbage for SDP of every kind', async () => {
    const client = await host.connect('broadcaster');
    const good = clientOffer('2', 1);
    const bad = ['', 'v=0', '\0\u0001', 'x'.repeat(100_000), good.slice(0, 90), good.replace(/a=fingerprint.*/g, '')];
    for (const sdp of bad) {
      const answer = await client.request('join', { name: 'x', offer: { type: 'offer', sdp } });
      expect(answer, sdp.slice(0, 60)).toMatchObject({ error: { code: 400 } });
    }
    expect(await join(client, '2')).toMatchObject({ result: { type: 'answer' } });
    client.notify('answer', { desc: { type: 'answer', sdp: 'garbage' } });
    client.notify('answer', { desc: { type: 'answer', sdp: good } });
    expect(await client.request('peer-update', { name: 'alive' })).toMatchObject({ result: {} });
    client.notify('leave', {});
  });

  it('SIG30, SIG50, SIG60: carries a track to its subscribers, and a death of its worker to nobody else', async () => {
    host.rooms.rooms.set('room-2', makeRoom({ id: 'room-2' }));
    const other = await host.connect('broadcaster', { roomId: 'room-2' });
    await join(other, '30');
    await publish(other, '30', 2, 'a30', 'sfu-test-1');
    const before = (await sfu.stats()).workers;
    const pids = new Map(before.map((worker) => [worker.pid, worker.sessionRouters]));

    host.rooms.rooms.set('room-3', makeRoom({ id: 'room-3' }));
    const ann = await host.connect('broadcaster', { roomId: 'room-3' });
    const bo = await host.connect('viewer-realtime', { roomId: 'room-3' });
    await join(bo, '41');
    await join(ann, '40');
    expect(await publish(ann, '40', 2, 'a40', 'sfu-test-1')).toMatchObject({ result: { type: 'answer' } });
    expect((await bo.next('on-track-add')).tracks).toHaveProperty('a40');

    await ann.request('hls-start');
    const token = await waitFor('a token for the egress process', () => host.issued.at(-1));
    const recorder = await new WireClient(host.url, { token }).opened();
    await recorder.request('join', { name: 'egress' });
    const plain = await recorder.request('plain-subscribe', { track_id: 'a40', ip: '127.0.0.1', port: 9 });
    expect(plain.result).toMatchObject({ ip: '127.0.0.1', mime_type: 'audio/opus', clock_rate: 48_000, channels: 2 });
    const { subscription_id } = plain.result ?? {};
    expect(await recorder.request('plain-resume', { subscription_id })).toMatchObject({ result: {} });

    const after = (await sfu.stats()).workers;
    const busier = after.filter((worker) => worker.sessionRouters > (pids.get(worker.pid) ?? 0));
    expect(busier).toHaveLength(1);
    process.kill(busier[0]?.pid ?? 0, 'SIGKILL');
    expect(await ann.next('node-info')).toEqual({ sfu_node_id: 'sfu-test-2' });
    expect((await bo.next('on-track-remove')).tracks).toHaveProperty('a40');
    expect(await recorder.next('plain-ended')).toEqual({ subscription_id });
    expect((await recorder.next('on-track-remove')).tracks).toHaveProperty('a40');
    await bo.next('node-info');
    const rebuilt = { desc: { type: 'offer', sdp: clientOffer('42', 1) }, tracks: {}, sfu_node_id: 'sfu-test-2' };
    expect(await ann.request('offer', rebuilt)).toMatchObject({ result: { type: 'answer' } });
    expect(await publish(ann, '42', 2, 'a42', 'sfu-test-2')).toMatchObject({ result: { type: 'answer' } });
    expect((await recorder.next('on-track-add')).tracks).toHaveProperty('a42');
    const again = await recorder.request('plain-subscribe', { track_id: 'a42', ip: '127.0.0.1', port: 9 });
    expect(again.result).toMatchObject({ mime_type: 'audio/opus' });

    expect(await publish(other, '30', 3, 'a30', 'sfu-test-1')).toMatchObject({ result: { type: 'answer' } });
    expect(other.all('node-info')).toEqual([]);
  });
});
