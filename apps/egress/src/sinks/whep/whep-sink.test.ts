import { createSocket, type Socket } from 'node:dgram';
import {
  H264Depacketizer,
  isRtcp,
  NAL,
  nalType,
  parseRtcp,
  parseRtpPacket,
  type RtpPacket,
  serializeGenericNack,
  splitAnnexB,
} from '@amphi/rtp';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Program, SinkState } from '../sink.ts';
import { WhepSink } from './whep-sink.ts';

const AVC_CONFIG = Uint8Array.from(Buffer.from('0164001fffe100046764001f01000268ebfdf8f800', 'hex'));
const STARTED_AT_MS = 1_793_000_000_000;
const program: Program = {
  videos: [
    {
      rung: { id: 'v720', width: 1280, height: 720, bitrateBps: 2_000_000 },
      config: { codec: 'h264', avcConfig: AVC_CONFIG },
    },
    {
      rung: { id: 'v360', width: 640, height: 360, bitrateBps: 500_000 },
      config: { codec: 'h264', avcConfig: AVC_CONFIG },
    },
  ],
  audio: { audioSpecificConfig: Uint8Array.of(0x11, 0x90), sampleRate: 48_000, channels: 2, bitrateBps: 64_000 },
  frameRate: 30,
  framesPerPart: 10,
  partsPerSegment: 6,
  firstTick: 60,
  startedAtMs: STARTED_AT_MS,
};
const VIDEO = { ssrc: 7001, payload_type: 101 };
const AUDIO = { ssrc: 7002, payload_type: 100 };

let sfu: Socket;
let clock: VirtualClock;
let sink: WhepSink;
let states: SinkState[];
let received: Buffer[];
let senderPort: number;
let unpublished: string[];
let refusal: Error | undefined;

beforeEach(async () => {
  clock = new VirtualClock(STARTED_AT_MS + 2_000);
  [states, received, unpublished, refusal, senderPort] = [[], [], [], undefined, 0];
  sfu = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  sfu.on('message', (datagram) => received.push(datagram));
  await new Promise<void>((resolve) => sfu.bind(0, '127.0.0.1', resolve));
  sink = new WhepSink({
    id: 'out',
    rung: 'v360',
    listenIp: '127.0.0.1',
    clock,
    publisher: {
      publish: async ({ port }) => {
        if (refusal) throw refusal;
        senderPort = port;
        return { publication_id: 'p', ip: '127.0.0.1', port: sfu.address().port, audio: AUDIO, video: VIDEO };
      },
      unpublish: async (id) => void unpublished.push(id),
    },
  });
  sink.status.onChange((state) => states.push(state));
});

afterEach(() => {
  sink.close();
  sfu.close();
});

/** One slice of so many bytes. */
function picture(tick: number, bytes = 20): Parameters<WhepSink['picture']>[1] {
  const isKeyframe = tick % 60 === 0;
  const data = new Uint8Array(4 + bytes).fill(0xaa);
  new DataView(data.buffer).setUint32(0, bytes);
  data[4] = isKeyframe ? 0x65 : 0x41;
  return { tick, isKeyframe, data };
}

/** What paces itself goes on. */
const passes = (what: string, is: () => boolean) =>
  waitFor(what, () => {
    clock.advance(1);
    return is();
  });

const packetsOf = ({ ssrc }: { readonly ssrc: number }): RtpPacket[] =>
  received
    .filter((datagram) => !isRtcp(datagram))
    .flatMap((datagram) => parseRtpPacket(datagram) ?? [])
    .filter((packet) => packet.ssrc === ssrc);

/** It sends, and its first picture has arrived: two parameter sets and a slice. */
async function opened(): Promise<void> {
  sink.open(program);
  await waitFor('it is agreed', () => senderPort > 0);
  sink.picture(1, picture(60));
  await passes('a picture arrives', () => packetsOf(VIDEO).length === 3);
}

describe('WHEP10: a program for players', () => {
  it('begins with a key frame, its parameter sets before it; other rungs do not matter', async () => {
    await opened();
    const first = packetsOf(VIDEO).slice(0, 3);
    expect(first.map(({ payload }) => nalType(payload))).toEqual([NAL.sps, NAL.pps, NAL.idr]);
    expect(first.map(({ marker, payloadType }) => [marker, payloadType])).toEqual([
      [false, 101],
      [false, 101],
      [true, 101],
    ]);
    const count = packetsOf(VIDEO).length;
    sink.picture(0, picture(61));
    sink.picture(1, picture(62));
    await passes('the next picture arrives', () => packetsOf(VIDEO).length > count);
    const [next] = packetsOf(VIDEO).slice(count);
    expect(nalType(next!.payload)).toBe(NAL.slice);
    expect((next!.timestamp - first[0]!.timestamp) >>> 0).toBe(6_000);
    expect(states).toEqual([{ phase: 'running' }]);
  });

  it('sends sound by its place in time, and reports that belong to one clock', async () => {
    await opened();
    const [shown] = packetsOf(VIDEO);
    for (const sample of [96_000, 96_960]) sink.opus({ sample, data: Uint8Array.of(1, 2, 3) });
    await passes('both arrive', () => packetsOf(AUDIO).length === 2);
    const [one, two] = packetsOf(AUDIO);
    expect([(two!.timestamp - one!.timestamp) >>> 0, two!.payloadType, [...two!.payload]]).toEqual([
      960,
      100,
      [1, 2, 3],
    ]);
    received.length = 0;
    clock.advance(500);
    const reports = () =>
      received
        .filter(isRtcp)
        .flatMap((datagram) => parseRtcp(datagram))
        .filter((packet) => packet.type === 'senderReport');
    await passes('it reports', () => reports().length >= 2);
    const [video, audio] = [VIDEO, AUDIO].map(({ ssrc }) => reports().find((report) => report.ssrc === ssrc)!);
    expect(video!.ntp).toBeCloseTo(audio!.ntp, 0);
    // The first picture and the first sound are of one moment: two seconds after the start.
    const capturedAt = (report: typeof video, timestamp: number, rate: number) =>
      report!.ntp - (((report!.rtpTimestamp - timestamp) | 0) * 1000) / rate;
    const unixOf = (ntp: number) => ntp - 2_208_988_800_000;
    const moments = [capturedAt(video, shown!.timestamp, 90_000), capturedAt(audio, one!.timestamp, 48_000)];
    for (const moment of moments) expect(Math.abs(unixOf(moment) - STARTED_AT_MS - 2_000)).toBeLessThan(1);
  });

  it('sends a large picture a few packets at a time, whole, and again what was lost', async () => {
    await opened();
    received.length = 0;
    const size = 300_000;
    sink.picture(1, picture(120, size));
    await passes('it is whole', () => packetsOf(VIDEO).at(-1)?.marker === true);
    const h264 = new H264Depacketizer();
    const [frame] = packetsOf(VIDEO).flatMap((packet) => h264.push(packet) ?? []);
    expect(splitAnnexB(frame!.data).map((nal) => nal.length)).toEqual([4, 2, size]);
    const lost = packetsOf(VIDEO)
      .slice(5, 8)
      .map(({ sequenceNumber }) => sequenceNumber);
    received.length = 0;
    const nack = serializeGenericNack({ senderSsrc: 1, mediaSsrc: VIDEO.ssrc, sequenceNumbers: lost });
    sfu.send(nack, senderPort, '127.0.0.1');
    await passes('they come again', () => packetsOf(VIDEO).length === 3);
    expect(packetsOf(VIDEO).map(({ sequenceNumber }) => sequenceNumber)).toEqual(lost);
  });
});

it('EG50, WHEP10: goes on in another size with a key frame and its own parameter sets, as the same stream', async () => {
  await opened();
  const count = packetsOf(VIDEO).length;
  const avcConfig = Uint8Array.from(AVC_CONFIG, (byte, i) => (i === AVC_CONFIG.length - 5 ? byte ^ 1 : byte));
  sink.reopen({
    ...program,
    videos: program.videos.map((video) => ({ ...video, config: { codec: 'h264', avcConfig } })),
  });
  sink.picture(1, picture(119));
  sink.picture(1, picture(120));
  await passes('the next key frame arrives', () => packetsOf(VIDEO).length === count + 3);
  const before = packetsOf(VIDEO)[count - 1]!;
  const [sps, pps, slice] = packetsOf(VIDEO).slice(count);
  expect([sps, pps, slice].map((packet) => nalType(packet!.payload))).toEqual([NAL.sps, NAL.pps, NAL.idr]);
  expect(pps!.payload).not.toEqual(packetsOf(VIDEO)[1]!.payload);
  expect((slice!.timestamp - before.timestamp) >>> 0).toBe(180_000);
  expect(sps!.sequenceNumber).toBe((before.sequenceNumber + 1) & 0xffff);
  expect(states).toEqual([{ phase: 'running' }]);
});

describe('EG33, WHEP8: the end of a program for players', () => {
  it('is told to the media plane, once', async () => {
    await opened();
    await sink.end();
    sink.close();
    expect(unpublished).toEqual(['p']);
    expect(states.map(({ phase }) => phase)).toEqual(['running', 'ended']);
  });

  it('is a failure of its own when the media plane does not take it', async () => {
    refusal = new Error('403 no');
    sink.open(program);
    await waitFor('it has failed', () => states.length > 0);
    expect(states).toEqual([{ phase: 'failed', code: 'whep_refused', message: '403 no' }]);
  });
});
