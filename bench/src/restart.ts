import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { messageOf } from '@amphi/base';
import { createSession, type Environment, type Session } from '@amphi/client';
import { type MediaPlaylist, parseMediaPlaylist, parseMultivariantPlaylist } from '@amphi/hls';
import {
  type AmphiServer,
  launchChromium,
  openPage,
  percentile,
  startAmphi,
  type TestPage,
  waitFor,
} from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { openNodeSocket } from './peers/node-socket.ts';
import { printResult, progress } from './result.ts';

/**
 * What a crash costs. The server is killed (SIGKILL) under its supervisor while a broadcaster is live in a browser and
 * nineteen more peers, on our client, chat. Targets: all are back within 3 s of the moment the port is open again
 * (`rejoin_p95_s`), viewers miss at most 6 s of the stream (`stream_gap_s`, by its time stamps), which goes on under the
 * same URL after one discontinuity (`discontinuities` = 1), and no message that was acknowledged before the kill is lost
 * (`acknowledged_lost` = 0; those that were not are told as failed). `down_s` is from the kill to the open port.
 */

const PEERS = 20;
const SAY_EVERY_MS = 100;
const EVENT = 'bench';
/** Everything takes as long as the machine needs; what takes too long is told in the figures. */
const PATIENCE_MS = 120_000;

interface Sent {
  readonly id: string;
  readonly from: number;
  outcome: 'waiting' | 'acknowledged' | 'failed';
}

/** A peer of the stream audience, which needs nothing of a browser but HTTP and a socket. */
interface Listener {
  readonly session: Session;
  readonly heard: Set<string>;
  /** When it was in the room again, after it had lost its socket. */
  rejoinedAt: number | undefined;
}

async function measure(): Promise<void> {
  const browser = await launchChromium();
  let amphi: AmphiServer | undefined;
  try {
    amphi = await startAmphi({ supervised: true });
    const { url, rooms } = amphi.links;
    const broadcaster = await openPage(browser, { initScripts: [barcodeCameraScript({ width: 640, height: 360 })] });
    await broadcaster.page.goto(`${rooms.broadcaster}?name=Broadcaster`);
    await step('the broadcaster joins', broadcaster.page.getByTestId('preview-join').click({ timeout: PATIENCE_MS }));
    const roomCode = rooms['hls-viewer']!.split('/').at(-1)!;
    const listeners = await Promise.all(Array.from({ length: PEERS - 1 }, (_, i) => listen(url, roomCode, i)));
    await step('the broadcaster goes live', broadcaster.page.getByTestId('go-live').click({ timeout: PATIENCE_MS }));
    const { session: one } = listeners[0]!;
    const master = await waitFor(
      'the stream is live',
      () => one.state.liveStream.status === 'live' && one.state.liveStream.url,
      PATIENCE_MS,
    );
    const stream = new Recorder(master);
    await waitFor('the stream has a window', () => stream.segments.size >= 3, PATIENCE_MS);
    progress(`live with ${PEERS} peers`);
    // Made some seconds after the start; whoever has a show has had it for longer.
    await waitFor('a spare server waits', () => amphi?.output().includes('a server waits'), PATIENCE_MS);

    const sent: Sent[] = [];
    const talk = setInterval(() => {
      for (const [from, { session }] of listeners.entries()) say(session, from, sent);
    }, SAY_EVERY_MS);
    await waitFor(
      'everyone has spoken',
      () => sent.filter(({ outcome }) => outcome === 'acknowledged').length >= 5 * PEERS,
      PATIENCE_MS,
    );
    const before = stream.lastMsn;
    const killedAt = performance.now();
    process.kill(amphi.serverPid(), 'SIGKILL');
    clearInterval(talk);
    // All at once: a failure of one while another is waited for would end the process without saying which it was.
    const [listensAt, broadcasterBackAt] = await Promise.all([
      portOpens(Number(new URL(url).port), killedAt),
      step('the broadcaster is back', rejoins(broadcaster)),
      waitFor('all listeners are back', () => listeners.every(({ rejoinedAt }) => rejoinedAt), PATIENCE_MS),
    ]);
    const times = [broadcasterBackAt, ...listeners.map(({ rejoinedAt }) => rejoinedAt!)];
    await waitFor('the stream goes on', () => stream.lastMsn >= before + 4, PATIENCE_MS);
    stream.close();

    const addresses = new Set(listeners.map(({ session }) => session.state.liveStream.url));
    if (addresses.size !== 1 || !addresses.has(master))
      throw new Error(`the stream is elsewhere: ${[...addresses].join(', ')}`);
    const acknowledged = sent.filter(({ outcome }) => outcome === 'acknowledged');
    const lost = acknowledged.filter(({ id, from }) => listeners.some(({ heard }, i) => i !== from && !heard.has(id)));
    printResult({
      rejoin_p95_s:
        percentile(
          times.map((at) => Math.max(0, at - listensAt)),
          0.95,
        ) / 1000,
      stream_gap_s: stream.gapSeconds(),
      discontinuities: stream.discontinuities(),
      acknowledged_lost: lost.length,
      acknowledged: acknowledged.length,
      unanswered: sent.filter(({ outcome }) => outcome === 'waiting').length,
      failed: sent.filter(({ outcome }) => outcome === 'failed').length,
      down_s: (listensAt - killedAt) / 1000,
    });
    for (const { session } of listeners) session.close();
  } finally {
    await browser.close();
    await amphi?.stop();
  }
}

async function listen(endpoint: string, roomCode: string, index: number): Promise<Listener> {
  const session = createSession({ endpoint, environment: nodeEnvironment() });
  const listener: Listener = { session, heard: new Set(), rejoinedAt: undefined };
  session.events.on('customEvent', ({ type, payload }) => {
    if (type === EVENT) listener.heard.add(payload);
  });
  await session.join({ name: `Listener ${index}`, access: { roomCode } });
  let wasAway = false;
  session.subscribe(() => {
    const { status } = session.state.connection;
    wasAway ||= status === 'reconnecting';
    if (wasAway && status === 'joined') listener.rejoinedAt ??= performance.now();
  });
  return listener;
}

function say(session: Session, from: number, sent: Sent[]): void {
  const message: Sent = { id: randomUUID(), from, outcome: 'waiting' };
  sent.push(message);
  session.sendEvent(EVENT, message.id).then(
    () => {
      message.outcome = 'acknowledged';
    },
    () => {
      message.outcome = 'failed';
    },
  );
}

/** When the page is in the room again, after it has shown that it was away. */
async function rejoins({ page }: TestPage): Promise<number> {
  const banner = page.getByTestId('connection-banner');
  await banner.waitFor({ timeout: PATIENCE_MS });
  await banner.waitFor({ state: 'detached', timeout: PATIENCE_MS });
  return performance.now();
}

/** @throws Error that says in which step of the show it was; a timeout of the browser's alone says only how long it was */
async function step<T>(what: string, doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}

/** @returns when the port was open, after it had been shut */
async function portOpens(port: number, killedAt: number): Promise<number> {
  for (let wasShut = false; performance.now() - killedAt < PATIENCE_MS; ) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen && wasShut) return performance.now();
    wasShut ||= !isOpen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the port did not open again');
}

/** Follows one rendition as a player that polls would, through refused connections as well. */
class Recorder {
  readonly segments = new Map<number, { readonly at: number; readonly seconds: number; readonly isBreak: boolean }>();
  #isClosed = false;

  constructor(master: string) {
    void this.#follow(master);
  }

  get lastMsn(): number {
    return Math.max(...this.segments.keys());
  }

  discontinuities(): number {
    return [...this.segments.values()].filter(({ isBreak }) => isBreak).length;
  }

  /** What is missing between one segment and the next, by their times. */
  gapSeconds(): number {
    const ordered = [...this.segments].sort(([a], [b]) => a - b).map(([, segment]) => segment);
    return Math.max(0, ...ordered.slice(1).map(({ at }, i) => (at - ordered[i]!.at) / 1000 - ordered[i]!.seconds));
  }

  close(): void {
    this.#isClosed = true;
  }

  async #follow(master: string): Promise<void> {
    let media: string | undefined;
    while (!this.#isClosed) {
      try {
        media ??= new URL(parseMultivariantPlaylist(await text(master)).variants[0]!.uri, master).href;
        this.#take(parseMediaPlaylist(await text(media)));
      } catch {
        // Nobody answers while the server is down.
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  #take(playlist: MediaPlaylist): void {
    playlist.segments.forEach(({ programDateTime = 0, duration, discontinuity }, i) => {
      this.segments.set(playlist.mediaSequence + i, { at: programDateTime, seconds: duration, isBreak: discontinuity });
    });
  }
}

async function text(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}

function nodeEnvironment(): Environment {
  const absent = (): never => {
    throw new Error('the stream audience has no media');
  };
  return {
    async fetch(url, init) {
      const response = await fetch(url, init);
      return {
        status: response.status,
        header: (name) => response.headers.get(name),
        text: () => response.text(),
      };
    },
    openSocket: openNodeSocket,
    createPeerConnection: absent,
    media: undefined,
    page: { isVisible: true, onVisibility: () => () => {}, onEnd: () => () => {} },
    audioOutput: {
      play: absent,
      stop: () => {},
      setVolume: () => {},
      canSelect: false,
      select: async () => {},
      test: async () => {},
      onBlocked: () => () => {},
      unblock: async () => {},
    },
    createVideoSink: absent,
    createTestPicture: absent,
    onNetworkChange: () => () => {},
    randomId: randomUUID,
    userAgent: 'os:node,sdk:amphi,env:bench',
  };
}

await measure();
