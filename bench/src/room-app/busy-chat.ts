import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AmphiServer, openPage, type TestPage } from '@amphi/testkit';
import type { Browser, WebSocketRoute } from 'playwright-core';
import { join, Visitor } from '../hostile/guest.ts';
import { progress } from '../result.ts';
import { forgetLongTasks, longTasks, WATCH_LONG_TASKS } from './long-tasks.ts';

const PEOPLE = 2_000;
const LINES_A_SECOND = 60;
const SECONDS = 20;
/** A phone's processor beside this machine's. */
const SLOWDOWN = 4;
/** People who come in at one time. */
const AT_ONCE = 20;
/** People who write. */
const WRITERS = 40;

export interface BusyChatFigures {
  readonly chat_long_tasks_ms: number;
  readonly chat_longest_task_ms: number;
  readonly chat_lines: number;
}

/**
 * A phone in a room with `PEOPLE` others, chat open, `LINES_A_SECOND`. The others are there, each with a socket. What they write
 * is put into the page's socket as the server delivered one line before: 120,000 deliveries a second are what the server can do, but
 * not beside a browser on two cores, and it is the page that is measured here.
 */
export async function busyChat(server: AmphiServer, browser: Browser): Promise<BusyChatFigures> {
  const link = new URL(server.links.rooms['viewer-realtime']!);
  const code = link.pathname.split('/').at(-1)!;
  const crowd = await gather(link.origin, code);
  const phone = await openPage(browser, { width: 390, height: 844, initScripts: [WATCH_LONG_TASKS] });
  try {
    const { delivered, socket } = await interceptSignaling(
      phone,
      async () => {
        await phone.page.goto(`${link.href}?name=Phone&skip_preview=true`);
        await phone.page.getByTestId('chat-toggle').click({ timeout: 30_000 });
        await phone.page.getByTestId('chat-input').waitFor();
      },
      crowd.write,
    );
    const session = await phone.context.newCDPSession(phone.page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
    await forgetLongTasks(phone.page);
    let lines = 0;
    const startedAt = performance.now();
    while (performance.now() - startedAt < SECONDS * 1000) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * LINES_A_SECOND);
      for (; lines < due; lines++) socket.send(lineOf(delivered, lines));
      await sleep(5);
    }
    const last = `line ${lines - 1}`;
    await phone.page.getByTestId('chat-text').filter({ hasText: last }).first().waitFor({ timeout: 30_000 });
    const tasks = await longTasks(phone.page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
    progress(`${lines} lines of chat: ${tasks.count} long tasks`);
    return {
      chat_long_tasks_ms: tasks.sumMs,
      chat_longest_task_ms: tasks.longestMs,
      chat_lines: lines,
    };
  } finally {
    await phone.context.close();
    crowd.leave();
  }
}

interface Crowd {
  /** One of them writes to all. */
  write(text: string): void;
  leave(): void;
}

async function gather(url: string, code: string): Promise<Crowd> {
  const visitors: Visitor[] = [];
  const sockets: Awaited<ReturnType<Visitor['socket']>>[] = [];
  let next = 0;
  const come = async (): Promise<void> => {
    while (next < PEOPLE) {
      const number = next++;
      // As many addresses as a city has; the server believes them (`trustProxy`).
      const visitor = new Visitor(url, `10.1.${number >> 8}.${number & 255}`, 1);
      visitors.push(visitor);
      const socket = await visitor.socket(await visitor.token(code));
      await join(socket, { name: `Person ${number}` });
      sockets.push(socket);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, come));
  progress(`${sockets.length} people are there`);
  return {
    write: (text) => {
      const params = { info: { type: 'chat', message: text } };
      sockets[0]!.send(JSON.stringify({ id: randomUUID(), jsonrpc: '2.0', method: 'broadcast', params }));
    },
    leave: () => {
      for (const socket of sockets) socket.terminate();
      for (const visitor of visitors) visitor.leave();
    },
  };
}

/** @returns the page's socket, and one line of chat as the server delivered it there */
async function interceptSignaling(
  { page }: TestPage,
  enter: () => Promise<void>,
  write: (text: string) => void,
): Promise<{ readonly socket: WebSocketRoute; readonly delivered: string }> {
  const mark = 'the first line';
  let socket: WebSocketRoute | undefined;
  let deliver = (_line: string): void => {};
  const delivered = new Promise<string>((resolve) => {
    deliver = resolve;
  });
  await page.routeWebSocket(/\/ws\?/, (route) => {
    socket = route;
    const upstream = route.connectToServer();
    route.onMessage((message) => upstream.send(message));
    upstream.onMessage((message) => {
      if (String(message).includes(mark)) deliver(String(message));
      route.send(message);
    });
  });
  await enter();
  write(mark);
  return { delivered: await delivered, socket: socket! };
}

/** The same line from somebody else, with a text and an id of its own. */
function lineOf(delivered: string, number: number): string {
  const frame = JSON.parse(delivered) as {
    params: { message_id: string; peer: { peer_id: string; info: { name: string } }; info: { message: string } };
  };
  const writer = number % WRITERS;
  frame.params.peer.peer_id = `writer-${writer}`;
  frame.params.peer.info.name = `Writer ${writer}`;
  frame.params.info.message = `line ${number}`;
  frame.params.message_id = randomUUID();
  return JSON.stringify(frame);
}
