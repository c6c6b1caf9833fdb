import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { PeerProcess } from '../rtp-peers/peer-process.ts';
import { offeredMedia, publishOffer, serverTransport, subscribeAnswer } from '../rtp-peers/sdp.ts';

interface Frame {
  readonly id?: string;
  readonly method?: string;
  readonly result?: { readonly sdp: string };
  readonly error?: { readonly code: number; readonly message: string };
  readonly params?: { readonly sdp: string };
}

/** The server ends sockets that are silent. */
const PING_EVERY_MS = 5_000;

/**
 * A viewer of the webinar audience without a browser: token, `/init`, socket, `join` with a publish connection that sends
 * nothing, and an answer to each offer of the server, as a browser does it; its media are a pair of synthetic peers.
 */
export class SyntheticViewer {
  readonly #peers: PeerProcess;
  readonly #publishId: number;
  readonly #receiveId: number;
  #socket: WebSocket | undefined;
  #pinging: NodeJS.Timeout | undefined;
  #isReceiving = false;
  #closedWith: number | undefined;

  /** @param index counts viewers from 0 */
  constructor(peers: PeerProcess, index: number) {
    this.#peers = peers;
    this.#publishId = 2 * index;
    this.#receiveId = 2 * index + 1;
  }

  /** Code of the socket's close when the server ended it. */
  get closedWith(): number | undefined {
    return this.#closedWith;
  }

  /** Resolves with the wall clock in ms when the first packet of media arrived. */
  async join(url: string, roomCode: string): Promise<number> {
    const token = (await ask<{ token: string }>(`${url}/v2/token`, {}, JSON.stringify({ code: roomCode }))).token;
    const peer = randomUUID();
    const { endpoint } = await ask<{ endpoint: string }>(`${url}/init?peer_id=${peer}`, {
      authorization: `Bearer ${token}`,
    });
    const socket = new WebSocket(`${endpoint}?${new URLSearchParams({ peer, token })}`);
    this.#socket = socket;
    await once(socket, 'open');
    this.#pinging = setInterval(() => this.#send({ id: 'ping', method: 'ping', params: {} }), PING_EVERY_MS);
    const first = this.#peers.firstPacketAt(this.#receiveId);
    const failed = new Promise<never>((_, reject) => {
      socket.on('close', (code) => {
        this.#closedWith = code;
        clearInterval(this.#pinging);
        reject(new Error(`a viewer's socket closed with ${code}`));
      });
      socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as Frame).catch(reject));
    });
    const sdp = publishOffer(this.#peers.identity, String(this.#receiveId), undefined, { dataChannel: true });
    this.#send({ id: 'join', method: 'join', params: { name: 'Mia', data: '', offer: { type: 'offer', sdp } } });
    return Promise.race([first, failed]);
  }

  close(): void {
    clearInterval(this.#pinging);
    this.#socket?.removeAllListeners('close');
    this.#socket?.terminate();
  }

  async #take(frame: Frame): Promise<void> {
    if (frame.id === 'join') {
      if (!frame.result) throw new Error(`a viewer was refused: ${frame.error?.code} ${frame.error?.message}`);
      await this.#peers.publish(this.#publishId, serverTransport(frame.result.sdp), []);
    } else if (frame.method === 'offer') {
      const offer = frame.params!.sdp;
      const desc = { type: 'answer', sdp: subscribeAnswer(this.#peers.identity, offer) };
      this.#send({ method: 'answer', params: { desc } });
      if (this.#isReceiving) return;
      this.#isReceiving = true;
      const media = offeredMedia(offer);
      if (media.payloadTypes.length === 0) throw new Error('nobody is on stage: the first offer has no media');
      await this.#peers.receive(this.#receiveId, serverTransport(offer), media);
    } else if (frame.method === 'on-error') {
      throw new Error(`a viewer was refused: ${JSON.stringify(frame)}`);
    }
  }

  #send(frame: object): void {
    this.#socket!.send(JSON.stringify(frame));
  }
}

async function ask<T>(url: string, headers: Record<string, string>, body?: string): Promise<T> {
  const response = await fetch(url, { headers, ...(body === undefined ? {} : { method: 'POST', body }) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
