import { setTimeout as sleep } from 'node:timers/promises';
import { type AmphiServer, inPage, openPage, type TestPage } from '@amphi/testkit';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { BackEnd } from '../peers/back-end.ts';
import { progress } from '../result.ts';
import { forgetLongTasks, longTasks, WATCH_LONG_TASKS } from './long-tasks.ts';

/** As many as a grid has at most. */
const PERFORMERS = 49;
const SECONDS = 20;

export interface ManyTilesFigures {
  readonly tiles_long_tasks_ms: number;
  readonly tiles_longest_task_ms: number;
  /** Of the frames that were decoded. */
  readonly tiles_dropped_share: number;
  readonly tiles: number;
}

/**
 * A webinar's page of 1920×1080 with `PERFORMERS` cameras in the grid, once all are seen. The performers are sessions of our client in one
 * page, each with a camera of 160×90 at 10 frames a second, of a role that is sent nobody.
 */
export async function manyTiles(server: AmphiServer, browser: Browser): Promise<ManyTilesFigures> {
  const code = await performersCode(await BackEnd.of(server));
  const stage = await openPage(browser, { initScripts: [await clientScript(), inPage(installCamera)] });
  const viewer = await openPage(browser, { width: 1920, height: 1080, initScripts: [WATCH_LONG_TASKS] });
  try {
    await stage.page.goto(`${server.links.url}/diagnostics`);
    await stage.page.evaluate(perform, { endpoint: server.links.url, roomCode: code, performers: PERFORMERS });
    progress(`${PERFORMERS} performers are there`);
    await viewer.page.goto(`${server.links.rooms['viewer-realtime']}?name=Viewer&skip_preview=true`);
    await viewer.page.waitForFunction(
      (wanted) => [...document.querySelectorAll('video')].filter((video) => video.videoWidth > 0).length >= wanted,
      PERFORMERS,
      { timeout: 60_000 },
    );
    const before = await framesOf(viewer);
    await forgetLongTasks(viewer.page);
    await sleep(SECONDS * 1000);
    const tasks = await longTasks(viewer.page);
    const after = await framesOf(viewer);
    progress(`${PERFORMERS} tiles: ${tasks.count} long tasks`);
    return {
      tiles_long_tasks_ms: tasks.sumMs,
      tiles_longest_task_ms: tasks.longestMs,
      tiles_dropped_share: (after.dropped - before.dropped) / (after.total - before.total),
      tiles: PERFORMERS,
    };
  } finally {
    await viewer.context.close();
    await stage.context.close();
  }
}

type Client = Pick<typeof import('@amphi/client'), 'createSession'>;

interface Role {
  readonly subscribeParams: { readonly subscribeToRoles: readonly string[] };
}

/** Makes a role that performs and sees nobody, whom the webinar sees. @returns its code of the first room */
async function performersCode(backEnd: BackEnd): Promise<string> {
  const rooms = await backEnd.get<{ data: readonly { id: string; template_id: string }[] }>('/rooms');
  const [room] = rooms.data;
  const template = `/templates/${room!.template_id}`;
  const { roles } = await backEnd.get<{ roles: Readonly<Record<string, Role>> }>(template);
  const put = (name: string, role: Role, subscribeToRoles: readonly string[]): Promise<unknown> =>
    backEnd.post(`${template}/roles/${name}`, {
      ...role,
      name,
      subscribeParams: { ...role.subscribeParams, subscribeToRoles },
    });
  await put('performer', roles.broadcaster!, []);
  await put('viewer-realtime', roles['viewer-realtime']!, ['performer']);
  const codes = await backEnd.post<{ data: readonly { code: string; role: string }[] }>(
    `/room-codes/room/${room!.id}`,
    {},
  );
  return codes.data.find(({ role }) => role === 'performer')!.code;
}

/** Our client as `globalThis.amphi`. */
async function clientScript(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { createSession } from '@amphi/client'; globalThis.amphi = { createSession };",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    conditions: ['source'],
  });
  return outputFiles[0]!.text;
}

function installCamera(): void {
  const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 90 });
  const context = canvas.getContext('2d')!;
  let frame = 0;
  setInterval(() => {
    context.fillStyle = `hsl(${(frame++ * 7) % 360} 60% 50%)`;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }, 100);
  const [track] = canvas.captureStream(10).getVideoTracks();
  navigator.mediaDevices.getUserMedia = async () => new MediaStream([track!.clone()]);
}

/** In the page: one after the other, as joining is a burst of work for both sides. */
async function perform(options: {
  readonly endpoint: string;
  readonly roomCode: string;
  readonly performers: number;
}): Promise<void> {
  const { createSession } = (globalThis as unknown as { readonly amphi: Client }).amphi;
  for (let number = 1; number <= options.performers; number++) {
    await createSession({ endpoint: options.endpoint }).join({
      access: { roomCode: options.roomCode },
      name: `Performer ${number}`,
      microphone: false,
      camera: true,
    });
  }
}

function framesOf({ page }: TestPage): Promise<{ readonly total: number; readonly dropped: number }> {
  return page.evaluate(() => {
    const videos = [...document.querySelectorAll('video')].map((video) => video.getVideoPlaybackQuality());
    return {
      total: videos.reduce((sum, { totalVideoFrames }) => sum + totalVideoFrames, 0),
      dropped: videos.reduce((sum, { droppedVideoFrames }) => sum + droppedVideoFrames, 0),
    };
  });
}
