import { createSocket } from 'node:dgram';
import { silentLogger } from '@amphi/base';
import { launchChromium, waitFor } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AudioLevel, SessionRouter } from '../src/index.ts';
import { WorkerPool } from '../src/sfu.ts';
import { BrowserPeer, type SentStats } from './browser-peer.ts';

// Two pages encode, decode and draw beside whatever else the machine does.
vi.setConfig({ testTimeout: 60_000 });

let browser: Browser;
let sfu: WorkerPool;
let session: SessionRouter;
let alice: BrowserPeer;
let bob: BrowserPeer;

/** Three layers of VP9 are encoded beside what else the machine does; a change of layers waits for a key frame. */
const SLOW_MACHINE_MS = 40_000;

const HIGH = { subscribed: true, maxLayer: 'high' } as const;

/** Frames that alice has sent in a simulcast layer. */
async function framesEncoded(rid: string): Promise<number> {
  const layers = (await alice.call<SentStats[]>('sent')).filter((layer) => layer.rid === rid);
  return layers.reduce((sum, layer) => sum + layer.framesEncoded, 0);
}

interface ReceivedPacket {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly timestamp: number;
}

/** Notes the RTP that comes to a port of its own. */
async function receiveRtp() {
  const socket = createSocket('udp4');
  const packets: ReceivedPacket[] = [];
  socket.on('message', (message) => {
    // RTCP has packet types 192–223 where RTP has marker and payload type (RFC 5761, section 4).
    const second = message.readUInt8(1);
    if (second >= 192 && second <= 223) return;
    packets.push({
      ssrc: message.readUInt32BE(8),
      payloadType: second & 0x7f,
      timestamp: message.readUInt32BE(4),
    });
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { packets, port: socket.address().port, close: () => socket.close() };
}

beforeAll(async () => {
  sfu = new WorkerPool({ workers: 1, listen: [{ ip: '127.0.0.1' }], logger: silentLogger });
  await sfu.start();
  browser = await launchChromium();
  session = await sfu.createSessionRouter({ sessionId: 'browser' });
  alice = await BrowserPeer.open(browser, session, 'alice');
  bob = await BrowserPeer.open(browser, session, 'bob');
  await Promise.all([alice.connect(), bob.connect()]);
});

afterEach(() => {
  expect([...alice.errors, ...bob.errors]).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  sfu?.close();
  await sfu?.closed;
});

describe('two Chromium pages', () => {
  let microphone: string;
  let camera: string;

  test('PB3, SB1: both connections come up with nothing but data channels; the server opens ion-sfu', async () => {
    expect(await bob.call('hasChannel')).toBe('ion-sfu');
    expect(bob.publishing.connectionState).toBe('connected');
    expect(bob.subscribing.connectionState).toBe('connected');
  });

  test('text goes both ways on the data channel', async () => {
    expect(bob.subscribing.sendData('{"method":"x","params":"grüß"}')).toBe(true);
    await bob.call('sendData', '{"id":"1"}');
    await waitFor('both messages', () => bob.received.length === 2);
    expect(bob.received.sort()).toEqual(['{"id":"1"}', '{"method":"x","params":"grüß"}']);
  });

  test('SB13: a long queue on the data channel arrives complete and in order; what is too much is refused', async () => {
    bob.received.length = 0;
    const accepted: string[] = [];
    for (let index = 0; index < 400; index++) {
      const text = `${index}:${'x'.repeat(4_000)}`;
      if (bob.subscribing.sendData(text)) accepted.push(text);
    }
    expect(accepted.length).toBeGreaterThan(60);
    expect(accepted.length).toBeLessThan(400);
    await waitFor('all accepted messages', () => bob.received.length === accepted.length);
    expect(bob.received).toEqual(accepted);
  });

  test('microphone and simulcast camera are published', async () => {
    const audio = await alice.publish('mic', { kind: 'audio' });
    microphone = audio.trackId;
    expect(audio.published).toMatchObject([{ trackId: microphone, peerId: 'alice', kind: 'audio', layers: [] }]);
    const video = await alice.publish('cam', { kind: 'video', simulcast: true });
    camera = video.trackId;
    expect(video.published).toMatchObject([{ trackId: camera, layers: ['low', 'medium', 'high'], muted: false }]);
    expect(video).toMatchObject({ unpublished: [], refused: [], iceRestarted: false, replaced: false });
    expect(session.tracks().map(({ trackId }) => trackId)).toEqual([microphone, camera]);
  });

  test('PB7: all three layers flow to the server', async () => {
    await waitFor('three layers', async () => {
      const sent = (await alice.call<SentStats[]>('sent')).filter(({ kind }) => kind === 'video');
      return sent.length === 3 && sent.every(({ packetsSent }) => packetsSent > 10);
    });
  });

  test('SB2, SB7: audio is heard at once, video waits until it is asked for; one offer brings both', async () => {
    const offers = bob.offers.length;
    bob.want({ [microphone]: HIGH });
    bob.want({ [microphone]: HIGH, [camera]: { subscribed: true, maxLayer: 'none' } });
    await waitFor('sound', async () => ((await bob.statsOf(microphone))?.packetsReceived ?? 0) > 25);
    expect(bob.offers.length).toBe(offers + 1);
    expect((await bob.statsOf(camera))?.packetsReceived ?? 0).toBe(0);
    const { streamId } = session.tracks().find(({ trackId }) => trackId === camera) ?? {};
    const events = await bob.call<{ type: string; kind: string; streamId: string }[]>('events');
    expect(events.map((event) => [event.kind, event.streamId])).toEqual([
      ['audio', streamId],
      ['video', streamId],
    ]);
  });

  test('SB7: the layer asked for is delivered, without a new offer, and reported', async () => {
    const offers = bob.offers.length;
    bob.want({ [microphone]: HIGH, [camera]: { subscribed: true, maxLayer: 'low' } });
    await waitFor('180 lines', async () => (await bob.statsOf(camera))?.frameHeight === 180);
    bob.want({ [microphone]: HIGH, [camera]: HIGH });
    await waitFor('720 lines', async () => (await bob.statsOf(camera))?.frameHeight === 720);
    expect(bob.offers.length).toBe(offers);
    await waitFor('report of the high layer', () => bob.layers.at(-1)?.current === 'high');
    expect(bob.layers.at(-1)).toEqual({ trackId: camera, current: 'high', expected: 'high', degraded: false });
    expect(bob.layers[0]).toMatchObject({ current: 'low', expected: 'low' });
    expect(bob.subscribing.downlinkScore).toBeGreaterThanOrEqual(3);
  });

  test('PB8: all frames of the layer are delivered, not only those of its lowest temporal layer', async () => {
    const count = async (): Promise<readonly [number, number]> => [
      await framesEncoded('f'),
      (await bob.statsOf(camera))?.framesReceived ?? 0,
    ];
    const [sentBefore, receivedBefore] = await count();
    await waitFor('20 frames sent', async () => (await count())[0] >= sentBefore + 20, 20_000);
    const [sent, received] = await count();
    // Some frames are under way at either end; the lowest temporal layer alone would be a quarter.
    expect(received - receivedBefore).toBeGreaterThan((sent - sentBefore) * 0.6);
  });

  test('none stops the video and leaves the audio', async () => {
    bob.want({ [microphone]: HIGH, [camera]: { subscribed: true, maxLayer: 'none' } });
    await waitFor('report', () => bob.layers.at(-1)?.current === 'none');
    const halfASecond = async () => {
      const before = (await bob.statsOf(microphone))?.packetsReceived ?? 0;
      await waitFor('audio', async () => ((await bob.statsOf(microphone))?.packetsReceived ?? 0) > before + 25);
      return (await bob.statsOf(camera))?.framesDecoded ?? 0;
    };
    // What was on its way is played in the first.
    const [decoded, decodedLater] = [await halfASecond(), await halfASecond()];
    bob.want({ [microphone]: HIGH, [camera]: HIGH });
    await bob.playsOn(camera);
    expect(decodedLater).toBe(decoded);
  });

  test('audio levels name the speaker, and silence is told once', async () => {
    const told: (readonly AudioLevel[])[] = [];
    const off = session.events.on('audioLevels', ({ levels }) => told.push(levels));
    const heard = await waitFor('a level', () => told.find((levels) => levels.length > 0));
    expect(heard).toEqual([{ peerId: 'alice', trackId: microphone, level: expect.any(Number) }]);
    alice.publishing.setTrackMuted(microphone, true);
    await waitFor('silence', () => told.at(-1)?.length === 0);
    off();
    expect(session.tracks()[0]).toMatchObject({ trackId: microphone, muted: true });
    alice.publishing.setTrackMuted(microphone, false);
  });

  test('a muted camera sends nothing on; unmuted it plays on', async () => {
    alice.publishing.setTrackMuted(camera, true);
    await waitFor('report', () => bob.layers.at(-1)?.current === 'none');
    expect(bob.layers.at(-1)).toMatchObject({ expected: 'high', degraded: false });
    alice.publishing.setTrackMuted(camera, false);
    await bob.playsOn(camera);
  });

  test('PB15: ICE restart by the publisher: media go on', async () => {
    const result = await alice.call<{ iceRestarted: boolean }>('restartIce');
    expect(result.iceRestarted).toBe(true);
    await bob.playsOn(camera, 20);
    expect(alice.publishing.connectionState).toBe('connected');
  });

  test('SB10: ICE restart by the server on the subscribe connection: media go on', async () => {
    const ufrag = (sdp: string | undefined): string | undefined => sdp?.match(/a=ice-ufrag:(\S+)/)?.[1];
    const before = ufrag(bob.offers.at(-1));
    const offers = bob.offers.length;
    bob.subscribing.restartIce();
    await waitFor('an offer', () => bob.offers.length === offers + 1);
    expect(ufrag(bob.offers.at(-1))).not.toBe(before);
    await bob.playsOn(camera, 20);
    expect(await bob.call('states')).toEqual({ publish: 'connected', subscribe: 'connected' });
  });

  test('SB5, SB6: a screen share adds a section, its end makes it inactive, the next track reuses it', async () => {
    const { trackId: first } = await alice.publish('screen', { kind: 'video', source: 'screen', stream: 'screen' });
    const wishes = { [microphone]: HIGH, [camera]: HIGH };
    bob.want({ ...wishes, [first]: HIGH });
    await bob.playsOn(first);
    const mid = bob.midOf(first);
    const { unpublished } = await alice.call<{ unpublished: string[] }>('unpublish', 'screen');
    expect(unpublished).toEqual([first]);
    await waitFor('removal in the page', async () => {
      const events = await bob.call<{ type: string; mid: string }[]>('events');
      return events.some((event) => event.type === 'removetrack' && event.mid === mid);
    });
    bob.want(wishes);
    const { trackId: second } = await alice.publish('screen', { kind: 'video', source: 'screen', stream: 'screen2' });
    bob.want({ ...wishes, [second]: HIGH });
    await bob.playsOn(second);
    expect(bob.midOf(second)).toBe(mid);
    await bob.playsOn(camera);
    await alice.call('unpublish', 'screen');
  });

  test('the camera unpublished and published again plays on', async () => {
    await alice.call('unpublish', 'cam');
    expect(session.tracks().map(({ kind }) => kind)).toEqual(['audio']);
    const { trackId } = await alice.publish('cam', { kind: 'video', simulcast: true });
    bob.want({ [microphone]: HIGH, [trackId]: HIGH });
    await bob.playsOn(trackId);
    camera = trackId;
  });

  test('PB10 CL2: a role that forbids the camera: nobody gets it; allowed again it plays, all layers', async () => {
    alice.publishing.closeTrack(camera);
    expect(session.tracks().map(({ kind }) => kind)).toEqual(['audio']);
    alice.allow = ({ kind }) => kind === 'audio';
    const refused = await alice.call<{ refused: string[]; answer: string }>('renegotiate');
    expect(refused.refused).toEqual([camera]);
    expect(bob.subscribing.trackIds).not.toContain(camera);
    alice.allow = () => true;
    const allowed = await alice.call<{ published: { trackId: string }[] }>('renegotiate');
    expect(allowed.published.map(({ trackId }) => trackId)).toEqual([camera]);
    await bob.playsOn(camera);
    bob.want({ [microphone]: HIGH, [camera]: { subscribed: true, maxLayer: 'low' } });
    await waitFor('180 lines', async () => (await bob.statsOf(camera))?.frameHeight === 180);
    bob.want({ [microphone]: HIGH, [camera]: HIGH });
    await waitFor('720 lines', async () => (await bob.statsOf(camera))?.frameHeight === 720);
  });

  test('PB10: a track refused from the start is published when it is allowed', async () => {
    alice.allow = () => false;
    const refused = await alice.publish('extra', { kind: 'video', simulcast: true, stream: 'extra' });
    expect(refused.refused).toContain(refused.trackId);
    alice.allow = () => true;
    await alice.call('renegotiate');
    bob.want({ [microphone]: HIGH, [camera]: HIGH, [refused.trackId]: HIGH });
    await bob.playsOn(refused.trackId);
    await alice.call('unpublish', 'extra');
  });

  test('SB14: a small camera is sent in its top layer only; whoever asks for less gets that, the composer too', async () => {
    const small = await alice.publish('small', { kind: 'video', simulcast: true, stream: 'small', width: 320 });
    bob.want({ [microphone]: HIGH, [camera]: HIGH, [small.trackId]: { subscribed: true, maxLayer: 'low' } });
    expect((await bob.playsOn(small.trackId)).frameHeight).toBe(180);
    const rtp = await receiveRtp();
    for (const layer of [1, 0]) {
      const options = { trackId: small.trackId, ip: '127.0.0.1', port: rtp.port, preferredSpatialLayer: layer };
      const plain = await session.createPlainSubscription(options);
      await plain.resume();
      await waitFor(`RTP of layer ${layer}`, () => rtp.packets.some(({ ssrc }) => ssrc === plain.rtp.ssrc));
      plain.close();
    }
    rtp.close();
    await alice.call('unpublish', 'small');
  });

  test('PB6: a camera that offers H.264 alone, in three layers, plays as any other', async () => {
    const phone = await alice.publish('phone', {
      kind: 'video',
      simulcast: true,
      stream: 'phone',
      codec: 'video/H264',
    });
    const track = session.tracks().find(({ trackId }) => trackId === phone.trackId);
    expect(track).toMatchObject({ layers: ['low', 'medium', 'high'] });
    bob.want({ [microphone]: HIGH, [phone.trackId]: HIGH });
    await bob.playsOn(phone.trackId);
    expect(bob.offers.at(-1)).toMatch(/^a=rtpmap:\d+ H264\/90000/m);
    await alice.call('unpublish', 'phone');
    bob.want({ [microphone]: HIGH, [camera]: HIGH });
    await bob.playsOn(camera);
  });

  test('SB9: an offer lost with the socket is repeated; changes meanwhile follow in the next', async () => {
    const offers = bob.offers.length;
    bob.isOffline = true;
    const isLost = new Promise<void>((resolve) => bob.subscribing.events.once('offer', () => resolve()));
    bob.want({ [microphone]: HIGH });
    await isLost;
    bob.want({ [microphone]: HIGH, [camera]: HIGH });
    bob.isOffline = false;
    bob.subscribing.repeatOffer();
    await waitFor('two more offers', () => bob.offers.length === offers + 2);
    await bob.playsOn(camera);
  });
});

test('PB43: a camera in VP9 is one stream with three layers, of which each one that is asked for is delivered', async () => {
  const [sender, receiver] = [
    await BrowserPeer.open(browser, session, 'layered-sender'),
    await BrowserPeer.open(browser, session, 'layered-receiver'),
  ];
  const layersOf = (id: string) => session.tracks().find(({ trackId }) => trackId === id)?.layers;
  sender.limits = { audio: {}, video: { codec: 'video/VP9', rids: ['f', 'h', 'q'] }, screen: {}, screenAudio: {} };
  await Promise.all([sender.connect(), receiver.connect()]);
  const { trackId } = await sender.publish('cam', { kind: 'video', width: 1280, scalabilityMode: 'L3T3_KEY' });
  expect(layersOf(trackId)).toEqual(['low', 'medium', 'high']);
  // Of 720 lines, or of the 540 that a busy browser makes of them: a quarter, a half, all.
  for (const [maxLayer, least, most] of [
    ['high', 480, 720],
    ['low', 1, 240],
    ['medium', 240, 480],
    ['high', 480, 720],
  ] as const) {
    receiver.want({ [trackId]: { subscribed: true, maxLayer } });
    await waitFor(
      `${least} to ${most} lines`,
      async () => {
        const { frameHeight = 0 } = (await receiver.statsOf(trackId)) ?? {};
        return frameHeight >= least && frameHeight <= most;
      },
      SLOW_MACHINE_MS,
    );
    await receiver.playsOn(trackId);
    await waitFor(`report of ${maxLayer}`, () => receiver.layers.at(-1)?.current === maxLayer, SLOW_MACHINE_MS);
  }
  expect(receiver.offers.at(-1)).toMatch(/^a=rtpmap:\d+ VP9\/90000/m);
  await sender.call('unpublish', 'cam');

  const simulcast = await sender.publish('cam', { kind: 'video', stream: 'other', simulcast: true, width: 640 });
  expect(layersOf(simulcast.trackId)).toEqual(['high']);
  receiver.want({ [simulcast.trackId]: { subscribed: true, maxLayer: 'low' } });
  await receiver.playsOn(simulcast.trackId);
  expect([...sender.errors, ...receiver.errors]).toEqual([]);
  await Promise.all([sender, receiver].map((peer) => peer.close()));
  for (const peer of [sender, receiver]) {
    peer.publishing.close();
    peer.subscribing.close();
  }
}, 240_000);

test('PB4: TCP is used where UDP is refused', async () => {
  const tcp = await BrowserPeer.open(browser, session, 'tcp');
  const udpPorts = (await sfu.stats()).workers.map(({ udpPort }) => udpPort);
  // A firewall is not to be had here: the page never learns of the UDP candidates.
  await tcp.page.evaluate(() => {
    const { RTCPeerConnection: Native } = globalThis as unknown as {
      RTCPeerConnection: { prototype: { setRemoteDescription(description: { sdp: string }): Promise<void> } };
    };
    const original = Native.prototype.setRemoteDescription;
    Native.prototype.setRemoteDescription = function (description) {
      const sdp = description.sdp.replaceAll(/a=candidate:\S+ 1 udp .*\r\n/g, '');
      return original.call(this, { ...description, sdp });
    };
  });
  const track = session.tracks().find(({ kind }) => kind === 'video');
  if (!track) throw new Error('no camera');
  await tcp.connect();
  tcp.want({ [track.trackId]: HIGH });
  await tcp.playsOn(track.trackId);
  expect(await tcp.call('protocols')).toEqual(['tcp', 'tcp']);
  expect(udpPorts.every((port) => port > 0)).toBe(true);
  expect(tcp.errors).toEqual([]);
  tcp.subscribing.close();
  tcp.publishing.close();
  await tcp.close();
});

test('a plain subscription delivers one layer as RTP and nothing else, and tells when the publisher captured', async () => {
  const track = session.tracks().find(({ kind }) => kind === 'video');
  if (!track) throw new Error('no camera');
  const rtp = await receiveRtp();
  const { packets } = rtp;
  const { trackId } = track;
  const plain = await session.createPlainSubscription({ trackId, ip: '127.0.0.1', port: rtp.port });
  const reported = new Promise<{ ntp: number }>((resolve) => plain.events.once('captureReport', resolve));
  expect(packets).toEqual([]);
  await plain.setPreferredSpatialLayer(0);
  await plain.resume();
  await waitFor('RTP', () => packets.length > 0);
  const framesBefore = await framesEncoded('q');
  packets.length = 0;
  await waitFor('20 frames sent', async () => (await framesEncoded('q')) >= framesBefore + 20, 20_000);
  const frames = new Set(packets.map(({ timestamp }) => timestamp)).size;
  expect(frames).toBeGreaterThan(((await framesEncoded('q')) - framesBefore) * 0.6);
  // The page's own clock, in milliseconds since 1900 (RFC 3550, 4).
  expect(Math.abs((await reported).ntp - 2_208_988_800_000 - Date.now())).toBeLessThan(60_000);
  const { ssrc, payloadType } = plain.rtp;
  expect(packets.filter((packet) => packet.ssrc !== ssrc || packet.payloadType !== payloadType)).toEqual([]);
  plain.close();
  await plain.closed;
  rtp.close();
});

test('PB41: a layer is asked for one key frame in half a second, however many need one', async () => {
  const track = session.tracks().find(({ kind }) => kind === 'video');
  if (!track) throw new Error('no camera');
  const rtp = await receiveRtp();
  const leg = { trackId: track.trackId, ip: '127.0.0.1', port: rtp.port, preferredSpatialLayer: 0 };
  const legs = await Promise.all(Array.from({ length: 8 }, () => session.createPlainSubscription(leg)));
  await Promise.all(legs.map((one) => one.resume()));
  const requests = async (): Promise<number> => {
    const lowest = (await alice.call<SentStats[]>('sent')).filter(({ rid }) => rid === 'q');
    return lowest.reduce((sum, layer) => sum + layer.keyFrameRequests, 0);
  };
  const startedAt = performance.now();
  const before = await requests();
  let asked = 0;
  while (asked < 8) {
    await Promise.all(legs.map((one) => one.requestKeyFrame()));
    asked = (await requests()) - before;
  }
  const halfSeconds = (performance.now() - startedAt) / 500;
  // One more at either end of the time: on its way when it began, and as it ended.
  expect(asked).toBeLessThanOrEqual(halfSeconds + 2);
  for (const one of legs) one.close();
  rtp.close();
});

test('SB10: a subscriber whose network vanished is offered an ICE restart without being asked', async () => {
  // A crashed renderer says no goodbye: consent checks just stop (RFC 7675).
  const ghost = await BrowserPeer.open(browser, session, 'ghost');
  await ghost.connect();
  const ufrag = ghost.offers.at(-1)?.match(/a=ice-ufrag:\S+/)?.[0];
  ghost.isOffline = true;
  const offer = new Promise<string>((resolve) => ghost.subscribing.events.once('offer', ({ sdp }) => resolve(sdp)));
  ghost.page.goto('chrome://crash').catch(() => {});
  expect((await offer).match(/a=ice-ufrag:\S+/)?.[0]).not.toBe(ufrag);
  expect(ghost.subscribing.connectionState).toBe('disconnected');
  ghost.subscribing.close();
  ghost.publishing.close();
});

test('closing the session closes connections in the pages and leaves nothing in the worker', async () => {
  session.close();
  expect(await session.closed).toEqual({ by: 'self' });
  await waitFor('the pages to notice', async () => {
    const states = await bob.call<{ publish: string; subscribe: string }>('states');
    return states.publish === 'closed' || states.publish === 'failed' || states.publish === 'disconnected';
  });
  const [worker] = sfu.workers;
  expect(await worker?.dump()).toEqual({ routers: 0, transports: 0 });
  expect(await sfu.stats()).toMatchObject({
    sessionRouters: 0,
    publishings: 0,
    subscribings: 0,
    producers: 0,
    consumers: 0,
  });
});
