import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { BackEnd } from './peers/back-end.ts';
import { enterRoom } from './peers/enter-room.ts';
import { printResult, progress } from './result.ts';
import { cpuSeconds } from './rtp-peers/cores.ts';
import { commandOf, familyOf } from './soak/memory.ts';

/**
 * What it costs to record each track of a room: CPU seconds (user + system) per recorded minute, of the process that does it
 * (`tracks_process`) and of the server with all its processes (`tracks_all`), beside the same people in a room that is not recorded
 * (`unrecorded_all`) and in one whose stage is recorded as one picture (`composed_process`, `composed_all`), in turns. People send
 * a camera of 640×360 at 15 pictures a second and a microphone from browsers, whose own time is not counted. No codec runs for a track:
 * `ratio_to_composed` is of the two processes. Arguments: `--people N` (3), `--seconds N` of each turn (30), `--rounds N` (2).
 */

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const people = option('people', 3);
const seconds = option('seconds', 30);
const rounds = option('rounds', 2);
/** From when it records on: clocks find each other, layers are chosen. */
const WARM_UP_S = 5;
const PATIENCE_MS = 90_000;

type Way = 'unrecorded' | 'tracks' | 'composed';
/** CPU seconds per minute. */
interface Cost {
  readonly all: number;
  /** Of the process that records. */
  readonly recorder: number;
}

const browser = await launchChromium();
let amphi: AmphiServer | undefined;
try {
  amphi = await startAmphi();
  const backEnd = await BackEnd.of(amphi);
  const { template_id: templateId } = await backEnd.post<{ template_id: string }>('/rooms', { name: 'bench' });
  const costs: Record<Way, Cost[]> = { unrecorded: [], tracks: [], composed: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const way of ['unrecorded', 'tracks', 'composed'] as const) {
      const cost = await costOf(way, amphi, backEnd, templateId);
      costs[way].push(cost);
      progress(
        `round ${round}, ${way}: ${cost.all.toFixed(2)} CPU s/min, ${cost.recorder.toFixed(2)} of them to record`,
      );
    }
  }
  const median = (way: Way, of: keyof Cost): number =>
    percentile(
      costs[way].map((cost) => cost[of]),
      0.5,
    );
  printResult({
    ratio_to_composed: median('tracks', 'recorder') / median('composed', 'recorder'),
    tracks_process: median('tracks', 'recorder'),
    composed_process: median('composed', 'recorder'),
    unrecorded_all: median('unrecorded', 'all'),
    tracks_all: median('tracks', 'all'),
    composed_all: median('composed', 'all'),
    tracks: people * 2,
    seconds,
    rounds,
  });
} finally {
  await browser.close();
  await amphi?.stop();
}

/** In a room of its own, as the recording of tracks begins with the first person on stage. */
async function costOf(
  way: Way,
  { links, dataDir, ...amphi }: AmphiServer,
  backEnd: BackEnd,
  templateId: string,
): Promise<Cost> {
  const trackRecording = { enabled: way === 'tracks' };
  await backEnd.post(`/templates/${templateId}/recordings`, [{ name: 'default', role: 'broadcaster', trackRecording }]);
  const { id } = await backEnd.post<{ id: string }>('/rooms', { name: way, template_id: templateId });
  const { code } = await backEnd.post<{ code: string }>(`/room-codes/room/${id}/role/broadcaster`, {});
  const pages: TestPage[] = [];
  const recordings = join(dataDir, 'recordings');
  const before = new Set(await readdir(recordings).catch((): string[] => []));
  for (let i = 0; i < people; i++) {
    const camera = barcodeCameraScript({ width: 640, height: 360, frameRate: 15, hue: i * 40 });
    const page = await openPage(browser, { width: 960, height: 540, initScripts: [camera] });
    pages.push(page);
    await enterRoom(page, `${links.url}/meeting/${code}`, `Person${i + 1}`);
    await page.page.locator('[data-testid=stage-tile] video').first().waitFor({ timeout: PATIENCE_MS });
  }
  await waitFor(
    'everyone is seen',
    async () => (await pages[0]!.page.locator('[data-testid=stage-tile] video').count()) === people,
    PATIENCE_MS,
  );
  if (way === 'composed') await backEnd.post(`/recordings/room/${id}/start`, {});
  if (way !== 'unrecorded') {
    const files = way === 'tracks' ? people * 2 : 1;
    const written = async (): Promise<boolean> => {
      const job = (await readdir(recordings)).find((name) => !before.has(name));
      const names = job === undefined ? [] : await readdir(join(recordings, job), { recursive: true });
      return names.filter((name) => /\.(webm|mkv|mp4)$/.test(name)).length >= files;
    };
    await waitFor(`${files} files`, () => written().catch(() => false), PATIENCE_MS);
  }
  await sleep(WARM_UP_S * 1000);
  const family = familyOf(amphi.process.pid!);
  const recorders = family.filter((pid) => /egress/.test(commandOf(pid)));
  const used = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const [startedAt, allBefore, recorderBefore] = [performance.now(), used(family), used(recorders)];
  await sleep(seconds * 1000);
  const minutes = (performance.now() - startedAt) / 60_000;
  const cost = { all: (used(family) - allBefore) / minutes, recorder: (used(recorders) - recorderBefore) / minutes };
  await backEnd.post(`/active-rooms/${id}/end-room`, { reason: 'over', lock: false });
  await Promise.all(pages.map(({ page }) => page.close()));
  await waitFor(
    'nothing is recorded any more',
    () => !familyOf(amphi.process.pid!).some((pid) => recorders.includes(pid)),
    PATIENCE_MS,
  );
  return cost;
}
