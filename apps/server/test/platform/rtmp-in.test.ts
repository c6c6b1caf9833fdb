import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type CloseReason, Scope } from '@amphi/base';
import type { StreamKeyObject } from '@amphi/protocol';
import { avcBody, avcHeader, type RtmpMessage, RtmpPublisher } from '@amphi/rtmp';
import { waitFor } from '@amphi/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SendIn, StartSendIn } from '../../src/ingest/send-in-process.ts';
import { collectingLogger } from '../sessions/collecting-logger.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';
import { type RestClient, restClient } from './rest-client.ts';

/** Encoders that send in by RTMP over real connections: all but the process that makes their media fit for browsers. */

const OFFER = [
  'v=0',
  'o=- 4489045141692799359 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:a3b4',
  'a=ice-pwd:0123456789abcdefghijklmn',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
  'a=setup:active',
  'a=mid:0',
  'a=sendonly',
  'a=rtcp-mux',
  'a=rtpmap:96 VP8/90000',
  '',
].join('\r\n');
const CONFIG = Uint8Array.of(1, 66, 0x40, 31, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68);

/** Instead of the process: it keeps what it is given, and sends by WHIP when it is told to. */
class FakeSendIn implements SendIn {
  readonly messages: RtmpMessage[] = [];
  readonly #scope = new Scope();
  readonly ticket: string;

  constructor(ticket: string) {
    this.ticket = ticket;
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get isClosed(): boolean {
    return this.#scope.isClosed;
  }

  write(message: RtmpMessage): boolean {
    this.messages.push(message);
    return true;
  }

  onDrain(): void {}

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  /** @returns the status of the answer */
  async offer(): Promise<number> {
    const answer = await platform.web.inject({
      method: 'POST',
      url: '/whip',
      headers: { authorization: `Bearer ${this.ticket}`, 'content-type': 'application/sdp' },
      payload: OFFER,
    });
    return answer.statusCode;
  }
}

/** A streaming program at its end of the connection. */
class Encoder {
  readonly socket: Socket;
  readonly publisher: RtmpPublisher;
  /** Settles when it may send, or with the refusal. */
  readonly published: Promise<string>;
  readonly closed: Promise<unknown>;
  /** The code by which it was refused, at once or later. */
  refusal = '';

  constructor(streamKey: string) {
    this.socket = connect(platform.rtmp.port!, '127.0.0.1');
    this.closed = once(this.socket, 'close');
    let settle = (_how: string): void => {};
    this.published = new Promise((resolve) => {
      settle = resolve;
    });
    this.publisher = new RtmpPublisher({
      target: { app: 'live', url: 'rtmp://127.0.0.1/live', streamKey },
      send: (bytes) => this.socket.write(bytes),
      onPublishing: () => settle('publishing'),
    });
    this.socket.on('connect', () => this.publisher.start());
    this.socket.on('error', () => {});
    this.socket.on('close', () => settle(this.refusal));
    this.socket.on('data', (data) => {
      try {
        this.publisher.receive(data);
      } catch (error) {
        this.refusal = (error as Error).message;
        settle(this.refusal);
        this.socket.end();
      }
    });
    encoders.push(this);
  }
}

let platform: PlatformServer;
let studio: Studio;
let rest: RestClient;
let encoders: Encoder[] = [];
let processes: FakeSendIn[] = [];
const { logger, entries } = collectingLogger();
const startSendIn: StartSendIn = ({ ticket }) => {
  const started = new FakeSendIn(ticket);
  processes.push(started);
  return started;
};

beforeAll(async () => {
  const limits = { refusalDelayMs: 0, rtmpEncoders: 2, rtmpConnectionsPerAddress: 4 };
  platform = await startPlatform({ startSendIn, logger, settings: { limits } });
  rest = restClient(platform, () => studio.managementToken);
  await platform.rtmp.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await platform.rtmp.close();
  let isClosed = false;
  const closing = platform.close().finally(() => {
    isClosed = true;
  });
  // Streams drain by the clock.
  await waitFor('all is closed', () => {
    platform.clock.advance(1_000);
    return isClosed;
  });
  await closing;
});
beforeEach(async () => {
  studio = await makeStudio(platform);
});
afterEach(async () => {
  for (const { socket } of encoders) socket.destroy();
  await Promise.all(encoders.map(({ closed }) => closed));
  await waitFor('their processes end', () => processes.every(({ isClosed }) => isClosed));
  encoders = [];
  processes = [];
  // What they have spent comes back.
  platform.clock.advance(60_000);
});

async function newKey(): Promise<StreamKeyObject> {
  return (await rest.post<StreamKeyObject>(`/stream-keys/room/${studio.roomId}`)).body;
}

async function namesInside(): Promise<string[]> {
  const { body } = await rest.get<{ peers?: Record<string, { name: string }> }>(`/active-rooms/${studio.roomId}/peers`);
  return Object.values(body.peers ?? {}).map(({ name }) => name);
}

/** One that is a peer, its media connected. */
async function enter(streamKey: string): Promise<{ encoder: Encoder; process: FakeSendIn }> {
  const encoder = new Encoder(streamKey);
  expect(await encoder.published).toBe('publishing');
  const process = processes.at(-1)!;
  expect(await process.offer()).toBe(201);
  platform.sfu.router.publishings.at(-1)!.setState('connected');
  return { encoder, process };
}

const BAD_NAME = 'the server refused the stream: NetStream.Publish.BadName';
const REJECTED = 'the server refused the stream: NetStream.Publish.Rejected';

describe('an encoder that sends by RTMP', () => {
  it('ING13, ING18: is a peer of the room by its stream key, under the name it gives, and leaves with its connection', async () => {
    const key = await newKey();
    expect(key.url).toBe(`rtmp://${new URL(key.whip_url).hostname}:${platform.rtmp.port}/live`);
    const { encoder, process } = await enter(`${key.key}?name=Studio%20A`);
    expect(await namesInside()).toEqual(['Studio A']);
    encoder.publisher.video(0, avcHeader(CONFIG));
    encoder.publisher.video(40, avcBody(new Uint8Array(100_000), true));
    await waitFor('it gets on', () => process.messages.length === 2);
    expect(process.messages.map(({ timestamp, body }) => [timestamp, body.byteLength])).toEqual([
      [0, 5 + CONFIG.byteLength],
      [40, 100_005],
    ]);
    encoder.publisher.end();
    await encoder.closed;
    await waitFor('it is out', async () => (await namesInside()).length === 0);
    await waitFor('its process ends', () => process.isClosed);
  });

  it('ING13: its ticket is good for one request, and for what that made; a client auth token is as good as a key', async () => {
    const payload = JSON.stringify({ code: studio.codes['viewer-on-stage'] });
    const { body } = await platform.web.inject({ method: 'POST', url: '/v2/token', payload });
    const { process } = await enter((JSON.parse(body) as { token: string }).token);
    expect(await process.offer()).toBe(401);
    expect(await namesInside()).toEqual(['Encoder']);
  });

  it('ING14: a key that nobody has, is off or in use is told BadName; what it is, is in no log', async () => {
    const key = await newKey();
    expect(await new Encoder('nobodys-key').published).toBe(BAD_NAME);
    const { encoder } = await enter(key.key);
    expect(await new Encoder(key.key).published).toBe(BAD_NAME);
    expect(await namesInside()).toEqual(['Encoder']);
    // Switched off it puts out who sends by it.
    await rest.post(`/stream-keys/room/${studio.roomId}/disable`);
    await encoder.closed;
    expect(encoder.refusal).toBe(REJECTED);
    expect(await new Encoder(key.key).published).toBe(BAD_NAME);
    expect(JSON.stringify(entries)).not.toContain(key.key);
  });

  it('ING15: a codec that is not taken is told so', async () => {
    const { encoder } = await enter((await newKey()).key);
    encoder.publisher.video(0, Uint8Array.of(0x90, ...Buffer.from('hvc1'), 1));
    await encoder.closed;
    expect(encoder.refusal).toBe(REJECTED);
    expect(JSON.stringify(entries)).toContain('video codec hvc1 is not taken: send H.264 and AAC');
  });

  it('ING15: pictures that are not taken are told so', async () => {
    const { encoder, process } = await enter((await newKey()).key);
    process.close({ by: 'failure', code: 'exit_65' });
    await encoder.closed;
    expect(encoder.refusal).toBe(REJECTED);
    expect(JSON.stringify(entries)).toContain('its pictures are not taken: send H.264 of 8 bits, 4:2:0');
  });

  it('ING16: who does not publish, is no peer in time, or falls silent, is closed', async () => {
    const idle = connect(platform.rtmp.port!, '127.0.0.1');
    await once(idle, 'connect');
    const over = once(idle, 'close');
    idle.resume();
    // Accepted by the other side, which is what the time counts from.
    const { key } = await newKey();
    const late = new Encoder(key);
    expect(await late.published).toBe('publishing');
    platform.clock.advance(10_000);
    await over;
    const hears = async (encoder: Encoder): Promise<void> => {
      encoder.publisher.audio(0, Uint8Array.of(0xaf, 1, 0));
      await waitFor('it is heard', () => processes.at(-1)!.messages.length === 1);
    };
    await hears(late);
    platform.clock.advance(29_000);
    platform.clock.advance(1_000);
    await late.closed;
    expect(late.refusal).toBe(REJECTED);
    const { encoder: silent } = await enter(key);
    await hears(silent);
    platform.clock.advance(36_000);
    await silent.closed;
    expect(silent.refusal).toBe(REJECTED);
    const reasons = entries
      .filter(({ message }) => message === 'an encoder was refused')
      .map(({ fields }) => fields.why);
    expect(reasons.slice(-2)).toEqual([
      'no stream of H.264 and AAC came',
      'nothing came, or could be taken, for too long',
    ]);
  });

  it('ING16: connections of an address, and encoders of the server, are bounded', async () => {
    const keys: string[] = [];
    for (let n = 0; n < 3; n++) {
      studio = await makeStudio(platform);
      keys.push((await newKey()).key);
    }
    const [first, second, third] = keys.map((key) => new Encoder(key));
    const answers = await Promise.all([first!.published, second!.published, third!.published]);
    expect(answers.sort()).toEqual(['publishing', 'publishing', REJECTED].sort());
    const more = Array.from({ length: 4 }, () => connect(platform.rtmp.port!, '127.0.0.1').on('error', () => {}));
    await Promise.race(more.map((socket) => once(socket.resume(), 'close')));
    for (const socket of more) socket.destroy();
  });

  it('ING17: what one sends, or the end of its process, ends nobody else', async () => {
    const { process, encoder } = await enter((await newKey()).key);
    const stranger = connect(platform.rtmp.port!, '127.0.0.1');
    stranger.write('GET / HTTP/1.1\r\n\r\n');
    await once(stranger.resume(), 'close');
    expect(await namesInside()).toEqual(['Encoder']);
    process.close({ by: 'failure', code: 'SIGSEGV' });
    await encoder.closed;
    expect(encoder.refusal).toBe(REJECTED);
    await waitFor('it is out', async () => (await namesInside()).length === 0);
    // It comes again by itself.
    const back = new Encoder(
      (await rest.get<{ data: StreamKeyObject[] }>(`/stream-keys/room/${studio.roomId}`)).body.data[0]!.key,
    );
    expect(await back.published).toBe('publishing');
  });
});
