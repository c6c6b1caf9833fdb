import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, waitFor } from '@amphi/testkit';
import { WebSocket } from 'ws';
import type { SyntheticTrack } from '../rtp-peers/media.ts';
import type { PeerProcess } from '../rtp-peers/peer-process.ts';
import { offeredMedia, publishOffer, serverTransport, subscribeAnswer } from '../rtp-peers/sdp.ts';
import { PUBLISHER_ID, type Subject } from './subject.ts';

const ROOM = 1;
const ANSWER_MS = 20_000;

interface Message {
  readonly janus: string;
  readonly transaction?: string;
  readonly sender?: number;
  readonly data?: { readonly id: number };
  readonly plugindata?: { readonly data: Readonly<Record<string, unknown>> };
  readonly jsep?: { readonly type: string; readonly sdp: string };
  readonly error?: { readonly reason: string };
}

/** Debian's Janus with one VideoRoom, as its package comes, but ICE-lite and with one loop for all connections. */
export class JanusSubject implements Subject {
  readonly name = 'janus';
  srtpProfile = '';
  readonly #peers: PeerProcess;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, (message: Message) => void>();
  #transactions = 0;
  #session = 0;
  #feed = 0;

  static async start(peers: PeerProcess): Promise<JanusSubject> {
    const folder = mkdtempSync(join(tmpdir(), 'amphi-janus-'));
    const port = await freePort();
    writeConfiguration(folder, port);
    const child = spawn('janus', ['-F', folder, '-o'], { stdio: 'ignore' });
    try {
      const socket = await waitFor('Janus listens', () => {
        if (child.exitCode !== null) throw new Error(`Janus ended with ${child.exitCode}`);
        return open(port);
      });
      const subject = new JanusSubject(peers, child, folder, socket);
      await subject.#begin();
      return subject;
    } catch (error) {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(peers: PeerProcess, child: ChildProcess, folder: string, socket: WebSocket) {
    this.#peers = peers;
    this.#child = child;
    this.#folder = folder;
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as Message));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async publish(track: SyntheticTrack): Promise<void> {
    const handle = await this.#attach();
    const joined = await this.#message(handle, { request: 'join', ptype: 'publisher', room: ROOM, display: 'bench' });
    this.#feed = joined.plugindata!.data.id as number;
    const sdp = publishOffer(this.#peers.identity, '1', track, { dataChannel: false });
    const configured = await this.#message(handle, { request: 'configure' }, { type: 'offer', sdp });
    const server = serverTransport(sdpOf(configured));
    this.srtpProfile = await this.#peers.publish(PUBLISHER_ID, server, track.streams);
  }

  async addReceiver(id: number): Promise<void> {
    const handle = await this.#attach();
    const streams = [{ feed: this.#feed }];
    const attached = await this.#message(handle, { request: 'join', ptype: 'subscriber', room: ROOM, streams });
    const offer = sdpOf(attached);
    const sdp = subscribeAnswer(this.#peers.identity, offer);
    await this.#message(handle, { request: 'start' }, { type: 'answer', sdp });
    await this.#peers.receive(id, serverTransport(offer), offeredMedia(offer));
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    this.#socket.terminate();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #begin(): Promise<void> {
    this.#session = (await this.#request({ janus: 'create' })).data!.id;
    const handle = await this.#attach();
    const room = { room: ROOM, publishers: 1, videocodec: 'vp8', audiocodec: 'opus', bitrate: 0 };
    await this.#message(handle, { request: 'create', ...room });
  }

  async #attach(): Promise<number> {
    const answer = await this.#request({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
    return answer.data!.id;
  }

  async #message(handle: number, body: object, jsep?: object): Promise<Message> {
    const request = { janus: 'message', handle_id: handle, body, ...(jsep && { jsep }) };
    const answer = await this.#request(request);
    const data = answer.plugindata?.data ?? {};
    if ('error' in data) throw new Error(`Janus: ${JSON.stringify(body)}: ${String(data.error)}`);
    return answer;
  }

  /** Asynchronous answers come after an `ack`, with the same transaction. */
  #request(request: object): Promise<Message> {
    this.#transactions += 1;
    const transaction = String(this.#transactions);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(transaction);
        reject(new Error(`Janus does not answer ${JSON.stringify(request)}`));
      }, ANSWER_MS);
      this.#waiting.set(transaction, (message) => {
        clearTimeout(timer);
        if (message.janus === 'error') reject(new Error(`Janus: ${message.error?.reason}`));
        else resolve(message);
      });
      const session = this.#session === 0 ? {} : { session_id: this.#session };
      this.#socket.send(JSON.stringify({ transaction, ...session, ...request }));
    });
  }

  #take(message: Message): void {
    if (message.janus === 'ack' || message.transaction === undefined) return;
    const waiting = this.#waiting.get(message.transaction);
    this.#waiting.delete(message.transaction);
    waiting?.(message);
  }
}

function sdpOf(message: Message): string {
  if (!message.jsep) throw new Error(`Janus gave no SDP: ${JSON.stringify(message)}`);
  return message.jsep.sdp;
}

function writeConfiguration(folder: string, port: number): void {
  const library = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/janus`;
  writeFileSync(
    join(folder, 'janus.jcfg'),
    `general: {
  configs_folder = "${folder}"
  plugins_folder = "${library}/plugins"
  transports_folder = "${library}/transports"
  debug_level = 2
  session_timeout = 0
  event_loops = 1
}
nat: { ice_lite = true }
plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so" }
transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }
`,
  );
  writeFileSync(
    join(folder, 'janus.transport.websockets.jcfg'),
    `general: { ws = true, ws_port = ${port}, ws_ip = "127.0.0.1", wss = false }\n`,
  );
  writeFileSync(join(folder, 'janus.plugin.videoroom.jcfg'), 'general: {}\n');
}

async function open(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, 'janus-protocol');
  await once(socket, 'open');
  return socket;
}
