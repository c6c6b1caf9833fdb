import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep, setImmediate as yieldNow } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { type House, join, nextPart, Visitor } from './guest.ts';
import { BROWSER_OFFER } from './innocents.ts';

/** What an attack did, so that one sees that it was one. */
export interface Tally {
  /** Frames, requests or tries. */
  sent: number;
  /** Of those that were answered, the ones that were refused (4xx, 5xx). */
  refused: number;
  /** Connections that the server closed. */
  closed: number;
}

/** Runs until its process is ended. */
type Attack = (house: House, tally: Tally) => Promise<unknown>;

/** Elsewhere than the innocents. */
const FROM = '198.51.100.7';
/** As many as one token may be (`peersPerToken`). */
const PEERS = 4;
/** By default a token may send 60 a second and 240 at once, and is borne for 20 a second and 600 at once beyond. */
const JUST_BORNE = { perSecond: 75, burst: 700 };
const FLAT_OUT = { perSecond: Number.POSITIVE_INFINITY, burst: 0 };
const FRAME_BYTES = 262_144;
const MOST_AT_ONCE = 1_000;
/** Tokens that one link hands out on request; each has budgets of its own. */
const MANY = 20;

const text = (bytes: number): string => 'x'.repeat(bytes);
const frame = (method: string, params: object): string => JSON.stringify({ id: 'a', method, params });
const chat = (message: string): string => frame('broadcast', { info: { type: 'chat', message } });
const nested = (levels: number): string =>
  `{"id":"a","method":"broadcast","params":${'['.repeat(levels)}${']'.repeat(levels)}}`;

// The largest metadata that is let in, and much that is just paid for.
const metadata = [frame('peer-update', { data: '\u0001'.repeat(10_900) }), frame('peer-update', { data: text(200) })];
const SAID = chat(text(1_600));
const HUGE = [chat(text(FRAME_BYTES - 100)), nested(64), nested(FRAME_BYTES / 2 - 100), nested(65)];
const OFFERS = [
  frame('offer', { desc: BROWSER_OFFER }),
  frame('offer', { desc: { type: 'offer', sdp: `${BROWSER_OFFER.sdp.slice(0, 3_000)}\r\nnonsense` } }),
  frame('offer', { desc: { type: 'offer', sdp: text(60_000) } }),
];

const fat = (n: number): string => metadata[n % 64 === 0 ? 0 : 1]!;
const largeOrDeep = (n: number): string => HUGE[n % HUGE.length]!;
const offer = (n: number): string => OFFERS[n % OFFERS.length]!;

export const ATTACKS = {
  /** Takes a core and asks the server for nothing: what two cores that everything runs on cost by themselves. */
  control: async () => {
    for (;;) {
      for (const until = performance.now() + 20; performance.now() < until; );
      await yieldNow();
    }
  },
  metadata: signaling({ as: 'viewer', tokens: 1, pace: JUST_BORNE, frame: fat }),
  metadata_many: signaling({ as: 'viewer', tokens: MANY, pace: JUST_BORNE, frame: fat }),
  chat: signaling({ as: 'viewer', tokens: 1, pace: JUST_BORNE, frame: () => SAID }),
  chat_many: signaling({ as: 'viewer', tokens: MANY, pace: JUST_BORNE, frame: () => SAID }),
  frames: signaling({ as: 'viewer', tokens: 1, pace: FLAT_OUT, frame: largeOrDeep }),
  frames_many: signaling({ as: 'viewer', tokens: MANY, pace: FLAT_OUT, frame: largeOrDeep }),
  offers: signaling({ as: 'broadcaster', tokens: 1, pace: JUST_BORNE, frame: offer }),
  offers_many: signaling({ as: 'broadcaster', tokens: MANY, pace: JUST_BORNE, frame: offer }),
  comings: async (house, tally) => {
    const visitor = new Visitor(house.url, FROM);
    const token = await visitor.token(house.codes.viewer);
    await times(PEERS, async () => {
      for (;;) {
        await entered(visitor, token, tally)
          .then((socket) => socket.close())
          .catch(() => tally.refused++);
      }
    });
  },
  pipeline_waiting: pipeline(4, (playlist) => `?${nextPart(playlist)}`),
  pipeline_plain: pipeline(1, () => ''),
  guesses: async (house, tally) => {
    const visitor = new Visitor(house.url, FROM, 16);
    const right = await visitor.token(house.codes.viewer);
    const wrong = `${right.slice(0, -8)}AAAAAAAA`;
    let n = 0;
    const tries = [
      () => visitor.ask('POST', '/v2/token', { body: { code: `zzz-zzzz-${1e6 + n}` } }),
      () => visitor.ask('GET', '/init?peer_id=attacker', { token: wrong }),
    ];
    const byHttp = times(16, async () => {
      for (;;) {
        tally.sent++;
        const { status } = await tries[n++ % tries.length]!();
        if (status !== 200) tally.refused++;
      }
    });
    const bySocket = times(8, async () => {
      for (;;) {
        tally.sent++;
        const socket = await visitor.socket(wrong);
        await once(socket, 'close');
        tally.closed++;
      }
    });
    await Promise.all([byHttp, bySocket]);
  },
} satisfies Record<string, Attack>;

export type AttackName = keyof typeof ATTACKS;

/** Peers of some tokens, all as many as a token may be, that send, and come back when they are put out. */
function signaling(options: {
  readonly as: 'viewer' | 'broadcaster';
  readonly tokens: number;
  /** Of one token. */
  readonly pace: { readonly perSecond: number; readonly burst: number };
  readonly frame: (n: number) => string;
}): Attack {
  const { as, tokens, pace } = options;
  return async (house, tally) => {
    const visitor = new Visitor(house.url, FROM, 8);
    await times(tokens, async () => {
      const token = await visitor.token(house.codes[as]);
      await times(PEERS, async () => {
        for (;;) {
          try {
            await send(await entered(visitor, token, tally, as), options.frame, pace, tally);
          } catch {
            tally.refused++;
            await sleep(50);
          }
        }
      });
    });
  };
}

async function entered(visitor: Visitor, token: string, tally: Tally, as = 'viewer'): Promise<WebSocket> {
  tally.sent++;
  const socket = await visitor.socket(token);
  socket.on('close', () => tally.closed++);
  await join(socket, as === 'broadcaster' ? { offer: BROWSER_OFFER } : {});
  return socket;
}

/** Sends until the socket is closed. */
async function send(
  socket: WebSocket,
  frameOf: (n: number) => string,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
  tally: Tally,
): Promise<void> {
  socket.on('message', (data: Buffer) => {
    if (data.subarray(0, 200).includes('"error"')) tally.refused++;
  });
  const startedAt = performance.now();
  for (let sent = 0; socket.readyState === socket.OPEN; ) {
    const passed = (performance.now() - startedAt) / 1000;
    const due = perSecond === Number.POSITIVE_INFINITY ? perSecond : (burst + passed * perSecond) / PEERS;
    // What is written to a reset connection is buffered nowhere, and that it is reset is told in a later turn.
    for (const last = sent + MOST_AT_ONCE; sent < due && sent < last && socket.bufferedAmount < 4 * FRAME_BYTES; ) {
      socket.send(frameOf(sent++));
      tally.sent++;
    }
    await sleep(10);
  }
}

/** 20,000 requests in one write, over and over, whatever comes back. */
function pipeline(sockets: number, queryOf: (playlist: string) => string): Attack {
  return async (house, tally) => {
    const { hostname, port } = new URL(house.url);
    const visitor = new Visitor(house.url, FROM);
    await times(sockets, async () => {
      for (;;) {
        const query = queryOf((await visitor.ask('GET', house.playlist)).body);
        const request = `GET ${house.playlist}${query} HTTP/1.1\r\nHost: ${hostname}\r\nX-Forwarded-For: ${FROM}\r\n\r\n`;
        const socket = connect(Number(port), hostname);
        socket.on('error', () => {});
        socket.on('data', (data) => {
          const text = data.toString('latin1');
          tally.refused += text.split('HTTP/1.1 429').length - 1;
        });
        socket.write(request.repeat(20_000));
        tally.sent += 20_000;
        const answered = sleep(2_000);
        // Not `once`, which rejects when the server resets the connection: that is what it is expected to do.
        const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
        await Promise.race([closed.then(() => tally.closed++), answered]);
        socket.destroy();
      }
    });
  };
}

async function times(count: number, act: () => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, act));
}
