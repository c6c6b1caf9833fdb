import { createSocket, type Socket } from 'node:dgram';
import { CodedError, silentLogger } from '@amphi/base';
import { parseAnswer } from '@amphi/sdp';
import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProgramSource, SessionRouter } from '../src/index.ts';
import { WorkerPool } from '../src/sfu.ts';

/** A composed program on its way to players: what is there of it and when, on a real worker, without media. */

let sfu: WorkerPool;
let session: SessionRouter;
let sender: Socket;
let source: ProgramSource;

beforeAll(async () => {
  sfu = new WorkerPool({ workers: 1, listen: [{ ip: '127.0.0.1' }], logger: silentLogger });
  await sfu.start();
  sender = createSocket('udp4');
  await new Promise<void>((resolve) => sender.bind(0, '127.0.0.1', resolve));
});

beforeEach(async () => {
  session = await sfu.createSessionRouter({ sessionId: 'program' });
  source = await session.createProgramSource({ ip: '127.0.0.1', port: sender.address().port });
  return () => session.close();
});

afterAll(async () => {
  sender.close();
  sfu.close();
  await sfu.closed;
});

function offerOf(opus: number, h264: number, kinds: readonly ('audio' | 'video')[] = ['audio', 'video']): string {
  const body = kinds.flatMap((kind, mid) => [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === 'audio' ? opus : h264}`,
    'c=IN IP4 0.0.0.0',
    'a=ice-ufrag:a3b4',
    'a=ice-pwd:0123456789abcdefghijklmn',
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
    'a=setup:actpass',
    `a=mid:${mid}`,
    'a=recvonly',
    'a=rtcp-mux',
    ...(kind === 'audio'
      ? [`a=rtpmap:${opus} opus/48000/2`]
      : [
          `a=rtpmap:${h264} H264/90000`,
          `a=rtcp-fb:${h264} nack`,
          `a=rtcp-fb:${h264} nack pli`,
          `a=fmtp:${h264} packetization-mode=1;profile-level-id=42e01f;level-asymmetry-allowed=1`,
        ]),
  ]);
  const head = ['v=0', 'o=- 4489045141692799359 2 IN IP4 127.0.0.1', 's=-', 't=0 0'];
  return [...head, `a=group:BUNDLE ${kinds.map((_, mid) => mid).join(' ')}`, ...body, ''].join('\r\n');
}

const watch = (sdp = offerOf(111, 106)) => source.createViewing({ sdp });
const open = async () => {
  const { viewings, consumers, producers } = await sfu.stats();
  const routers = (await sfu.workers[0]?.dump())?.routers;
  return { viewings, consumers, producers, routers };
};

describe('a composed program', () => {
  test('WHEP9: goes to each player with the payload types of its offer; those of one set share a router', async () => {
    const [first] = [await watch(), await watch()];
    const other = await watch(offerOf(96, 97));
    const payloadTypes = (answer: string) =>
      parseAnswer(answer).sections.map((section) =>
        section.kind === 'other' ? [] : section.codecs.map((codec) => codec.payloadType),
      );
    expect(payloadTypes(first!.answer)).toEqual([[111], [106]]);
    expect(payloadTypes(other.answer)).toEqual([[96], [97]]);
    // The session's, the program's, and one for each set.
    expect(await open()).toEqual({ viewings: 3, consumers: 6, producers: 2, routers: 4 });
  });

  test('WHEP9: a set of payload types goes with its last player', async () => {
    const [first, second] = [await watch(), await watch()];
    first!.close();
    expect(await open()).toMatchObject({ viewings: 1, routers: 3 });
    second!.close();
    await waitFor('its router is gone', async () => (await open()).routers === 2);
    expect(await open()).toMatchObject({ viewings: 0, consumers: 0 });
  });

  test('WHEP9: more than sixteen sets at a time are refused', async () => {
    for (let set = 0; set < 16; set++) await watch(offerOf(96 + set, 112));
    await expect(watch(offerOf(120, 121))).rejects.toThrow(expect.objectContaining({ code: 'too_many_requests' }));
  });

  test('WHEP3: a player may take only one of sound and pictures', async () => {
    expect(parseAnswer((await watch(offerOf(111, 106, ['video']))).answer).sections).toMatchObject([{ kind: 'video' }]);
    expect(await open()).toMatchObject({ consumers: 1 });
  });

  test('WHEP6: another ICE session has other credentials of the server', async () => {
    const viewing = await watch();
    const ufragOf = (answer: string) => parseAnswer(answer).transport.iceUfrag;
    expect(ufragOf(await viewing.restartIce())).not.toBe(ufragOf(viewing.answer));
  });

  test('WHEP7: players end with it, and it ends with its session', async () => {
    const viewing = await watch();
    source.close();
    expect(await viewing.closed).toBeDefined();
    await expect(watch()).rejects.toThrow(CodedError);
    const next = await session.createProgramSource({ ip: '127.0.0.1', port: sender.address().port });
    session.close();
    expect(await next.closed).toBeDefined();
    await waitFor('nothing is left', async () => (await open()).routers === 0);
    expect(await open()).toEqual({ viewings: 0, consumers: 0, producers: 0, routers: 0 });
  });
});
