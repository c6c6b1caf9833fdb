import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { type House, join, nextPart, Visitor } from './guest.ts';

/** What ten people had of the server in one span of time. Times in milliseconds; what never came counts as `GIVE_UP_MS`. */
export interface Experience {
  /** From a chat message's sending to its arrival, for each who was to get it. */
  readonly chat: number[];
  /** Of a plain request for the live playlist. */
  readonly playlist: number[];
  /** From a room code to the answer of `join` with an offer: token, `/init`, socket, transports. */
  readonly join: number[];
  /** Between one part of the live stream and the next, as players get them that wait for each. */
  readonly part: number[];
  /** Sockets that closed, and people who were not let in. */
  dropped: number;
  /** Messages and requests that were refused, or not answered in time. */
  refused: number;
}

interface Span extends Experience {
  /** Things that were begun in it and are not settled. */
  open: number;
}

const STAYING = 9;
const SAY_EVERY_MS = 500;
const ASK_EVERY_MS = 250;
const JOIN_EVERY_MS = 100;
const GIVE_UP_MS = 10_000;

const OFFER = readFileSync(
  new URL('../../../packages/sdp/test/corpus/chromium-simulcast.sdp', import.meta.url),
  'utf8',
).replaceAll(/\r?\n/g, '\r\n');

/** What a browser that publishes offers. */
export const BROWSER_OFFER = { type: 'offer', sdp: OFFER } as const;

/**
 * Ten people: nine stay, chat and watch the stream, the tenth comes as one who publishes, and goes, again and again.
 * Requests begin when they are due, not when the last was answered, so that a server which stands still is seen as often
 * as people would see it.
 */
export class Innocents {
  readonly #house: House;
  readonly #joined: WebSocket[] = [];
  #span = newSpan();
  readonly #spans = new Map<number, Span>();
  #spanId = 0;

  static async gather(house: House): Promise<Innocents> {
    const innocents = new Innocents(house);
    for (let i = 0; i < STAYING; i++) {
      await innocents.#stay(i);
      void innocents.#watch(i);
    }
    for (let i = 0; i < STAYING; i++) void innocents.#chat(i);
    void innocents.#comeAndGo();
    return innocents;
  }

  private constructor(house: House) {
    this.#house = house;
    this.#spans.set(0, this.#span);
  }

  /** What there was since the last call, settled. */
  async take(): Promise<Experience> {
    const span = this.#span;
    const id = this.#spanId;
    this.#span = newSpan();
    this.#spans.set(++this.#spanId, this.#span);
    for (const until = performance.now() + GIVE_UP_MS; span.open > 0 && performance.now() < until; ) await sleep(50);
    this.#spans.delete(id);
    // Requests and joins give up by themselves; what is left are messages that did not arrive.
    const { open, ...experience } = span;
    for (let lost = 0; lost < open; lost++) experience.chat.push(GIVE_UP_MS);
    // One that lasted for the whole span began before it.
    for (const kind of ['join', 'part'] as const) if (experience[kind].length === 0) experience[kind].push(GIVE_UP_MS);
    return experience;
  }

  async #stay(index: number): Promise<void> {
    const visitor = new Visitor(this.#house.url, addressOf(index));
    const socket = await visitor.socket(await visitor.token(this.#house.codes.viewer));
    visitor.leave();
    await join(socket, { name: `Viewer ${index}` });
    this.#joined[index] = socket;
    socket.on('message', (data: Buffer) => this.#hear(data));
    socket.on('close', () => {
      this.#span.dropped++;
      void this.#comeBack(index);
    });
  }

  async #comeBack(index: number): Promise<void> {
    for (;;) {
      await sleep(500);
      try {
        return await this.#stay(index);
      } catch {
        this.#span.dropped++;
      }
    }
  }

  async #chat(index: number): Promise<void> {
    await each(SAY_EVERY_MS, (index * SAY_EVERY_MS) / STAYING, () => {
      const socket = this.#joined[index]!;
      this.#span.open += STAYING - 1;
      const message = `said ${this.#spanId} ${performance.now()} `;
      const params = { info: { type: 'chat', message } };
      socket.send(JSON.stringify({ id: `said ${this.#spanId}`, method: 'broadcast', params }));
    });
  }

  #hear(data: Buffer): void {
    // The attacker's messages are long, or say something else.
    if (data.length > 2_000) return;
    const text = data.toString('latin1');
    const [, spanId, saidAt] = /said (\d+) ([\d.]+) /.exec(text) ?? [];
    if (spanId !== undefined) {
      const span = this.#spans.get(Number(spanId));
      span?.chat.push(performance.now() - Number(saidAt));
      if (span) span.open--;
      return;
    }
    const refused = /"id":"said (\d+)".*"error"|"error".*"id":"said (\d+)"/.exec(text);
    if (!refused) return;
    const span = this.#spans.get(Number(refused[1] ?? refused[2]));
    // Whoever is refused knows it: the others do not wait.
    if (span) {
      span.refused++;
      span.open -= STAYING - 1;
    }
  }

  /** As a player does, by one connection; by another the requests that are timed. */
  async #watch(index: number): Promise<void> {
    const { url, playlist } = this.#house;
    const player = new Visitor(url, addressOf(index), 1);
    void (async () => {
      let { body } = await player.ask('GET', playlist);
      for (let at = performance.now(); ; ) {
        const span = this.#span;
        const answer = await player.ask('GET', `${playlist}?${nextPart(body)}`).catch(() => undefined);
        if (answer?.status === 200) {
          span.part.push(performance.now() - at);
          at = performance.now();
          body = answer.body;
        } else {
          span.refused++;
          await sleep(500);
          body = (await player.ask('GET', playlist).catch(() => undefined))?.body ?? body;
        }
      }
    })();
    const asker = new Visitor(url, addressOf(index), 8);
    await each(ASK_EVERY_MS, (index * ASK_EVERY_MS) / STAYING, () => {
      void this.#timed('playlist', async () => {
        const { status } = await asker.ask('GET', playlist, { timeoutMs: GIVE_UP_MS });
        if (status !== 200) throw new Error(`playlist: ${status}`);
      }).catch(() => {
        this.#span.refused++;
      });
    });
  }

  async #comeAndGo(): Promise<void> {
    for (let n = 0; ; n++) {
      // People come from many places.
      const visitor = new Visitor(this.#house.url, addressOf(STAYING + (n % 200)));
      let socket: WebSocket | undefined;
      await this.#timed('join', async () => {
        const token = await visitor.token(this.#house.codes.broadcaster);
        const { status } = await visitor.ask('GET', '/init?peer_id=innocent', { token });
        if (status !== 200) throw new Error(`init: ${status}`);
        socket = await visitor.socket(token);
        await join(socket, { name: 'Guest', offer: BROWSER_OFFER });
      }).catch(() => {
        this.#span.dropped++;
      });
      socket?.send(JSON.stringify({ method: 'leave', params: {} }));
      socket?.close();
      visitor.leave();
      await sleep(JOIN_EVERY_MS);
    }
  }

  async #timed(kind: 'playlist' | 'join', act: () => Promise<void>): Promise<void> {
    const span = this.#span;
    const startedAt = performance.now();
    span.open++;
    try {
      await act();
      span[kind].push(performance.now() - startedAt);
    } catch (error) {
      span[kind].push(GIVE_UP_MS);
      throw error;
    } finally {
      span.open--;
    }
  }
}

function newSpan(): Span {
  return { chat: [], playlist: [], join: [], part: [], dropped: 0, refused: 0, open: 0 };
}

function addressOf(index: number): string {
  return `203.0.113.${index + 1}`;
}

/** Every `everyMs`, by the clock: what was late does not make the next later. Without end. */
async function each(everyMs: number, offsetMs: number, act: () => void): Promise<never> {
  for (let due = performance.now() + offsetMs; ; due += everyMs) {
    await sleep(Math.max(0, due - performance.now()));
    act();
  }
}
