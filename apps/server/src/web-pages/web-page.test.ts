import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@amphi/base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_PAGE_POLICY, type PagePolicy } from './page-health.ts';
import { WebPage } from './web-page.ts';

/** A page over its tries, by a program that does what its address says instead of showing anything. */

const folder = mkdtempSync(join(tmpdir(), 'amphi-web-page-'));
const entry = join(folder, 'program.mjs');

beforeAll(() => {
  writeFileSync(
    entry,
    `import { spawn } from 'node:child_process';
    import { existsSync, mkdirSync } from 'node:fs';
    const [, , folder, forMs] = process.argv;
    for (const until = Date.now() + Number(forMs); Date.now() < until; ) {
      mkdirSync(folder + '/Default/' + Math.random(), { recursive: true });
    }
    process.on('message', ({ type, url, folder }) => {
      if (type === 'close') process.exit(0);
      if (type !== 'open') return;
      const [, what, code] = new URL(url).pathname.split('/');
      if (what === 'leaves') {
        spawn(process.execPath, [process.argv[1], folder, code], { detached: true, stdio: 'ignore' });
        setInterval(() => existsSync(folder + '/Default') && process.exit(1), 10);
      }
      if (what === 'dies') process.exit(1);
      if (what !== 'gone') return;
      process.send({ type: 'shown' });
      process.send({ type: 'gone', code, message: 'as its address says' }, () => process.exit(0));
    });`,
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('amphi-page-'));

/** @param onOpened called for each try, with the page */
function open(path: string, onOpened: (page: () => WebPage) => void, policy: Partial<PagePolicy> = {}): WebPage {
  const page: WebPage = new WebPage({
    program: { entry },
    order: {
      url: `https://example.org${path}`,
      ...{ chromium: 'chromium', width: 640, height: 360, frameRate: 30, bitrateBps: 1_000_000, timeoutMs: 1 },
      ...{ allowPrivate: false, ownOrigins: [] },
    },
    router: () => Promise.reject(new Error('nothing is published')),
    localAddress: '127.0.0.1',
    policy: { ...DEFAULT_PAGE_POLICY, backoff: { firstMs: 1, capMs: 1 }, ...policy },
    clock: systemClock,
    logger: {
      ...silentLogger,
      info: (_, message) => {
        if (message === 'page process started') onOpened(() => page);
      },
    },
  });
  return page;
}

/** Waits until it is given up. @returns how often it was tried, and the code of why */
async function triesOf(path: string, policy: Partial<PagePolicy> = {}): Promise<{ tries: number; code: string }> {
  let tries = 0;
  const page = open(path, () => tries++, policy);
  const code = await new Promise<string>((resolve) => page.events.once('failed', (failed) => resolve(failed.code)));
  await page.closed;
  return { tries, code };
}

it('WEB5: one whose process says nothing is ended at its deadline, three times', async () => {
  expect(await triesOf('/silent', { launchTimeoutMs: 0, joinTimeoutMs: 50 })).toEqual({ tries: 3, code: 'page_slow' });
});

it.each(['page_hung', 'page_crashed', 'page_private', 'page_unreachable'])(
  'WEB4, WEB5: one that ends by %s soon after it was shown is tried three times, and that is the reason',
  async (code) => {
    expect(await triesOf(`/gone/${code}`)).toEqual({ tries: 3, code });
  },
);

it('WEB4: so is one whose process dies', async () => {
  expect(await triesOf('/dies')).toEqual({ tries: 3, code: 'page_process' });
});

it('WEB6: nothing is left of one that is killed, although its browser writes for a while still', async () => {
  const before = leftovers();
  expect(await triesOf('/leaves/1500', { maxTries: 1 })).toEqual({ tries: 1, code: 'page_process' });
  expect(leftovers()).toEqual(before);
});

it('WEB4, WEB5: one that was shown for long enough each time is opened again and again', async () => {
  let opened = 0;
  const onOpened = (page: () => WebPage): void => {
    opened++;
    // Not while it is still being opened.
    if (opened > DEFAULT_PAGE_POLICY.maxTries) queueMicrotask(() => page().close());
  };
  await open('/gone/page_crashed', onOpened, { stableMs: 0 }).closed;
  expect(opened).toBe(DEFAULT_PAGE_POLICY.maxTries + 1);
});
