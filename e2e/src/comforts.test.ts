import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import type { Browser, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { goLive, joinRoom } from './people.ts';

/** What nobody misses until it is not there: captions, messages that can be read again, a hint of a weak connection, being asked. */

const PATIENCE = { timeout: 60_000 };

let amphi: AmphiServer;
let browser: Browser;
let ada: TestPage;
let grace: TestPage;
/** Between Ada's page and the server. */
let socket: WebSocketRoute | undefined;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  [ada, grace] = await Promise.all([openPage(browser), openPage(browser, { width: 390, height: 844 })]);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const by = ({ page }: TestPage, testId: string) => page.getByTestId(testId).first();
const layouts = (url: URL): boolean => url.pathname === '/v2/layouts/ui';

/** Names two languages of captions in the multivariant playlist, and gives them. */
async function giveCaptions(page: Page): Promise<void> {
  const track = (language: string, name: string): string =>
    `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="${name}",LANGUAGE="${language}",AUTOSELECT=YES,DEFAULT=NO,URI="subs-${language}.m3u8"`;
  await page.route(/master\.m3u8/, async (route) => {
    const response = await route.fetch();
    const body = (await response.text())
      .replace('#EXTM3U', `#EXTM3U\n${track('en', 'English')}\n${track('de', 'Deutsch')}`)
      .replaceAll(/^(#EXT-X-STREAM-INF:.*)$/gm, '$1,SUBTITLES="subs"');
    await route.fulfill({ response, body });
  });
  const headers = { 'access-control-allow-origin': '*' };
  await page.route(/subs-\w+\.m3u8/, (route) => {
    const language = /subs-(\w+)/.exec(route.request().url())?.[1];
    const body = `#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:3600\n#EXTINF:3600,\nsubs-${language}.vtt\n#EXT-X-ENDLIST\n`;
    return route.fulfill({ headers, contentType: 'application/vnd.apple.mpegurl', body });
  });
  await page.route(/subs-\w+\.vtt/, (route) => {
    const words = route.request().url().includes('-de') ? 'Guten Abend' : 'Good evening';
    return route.fulfill({
      headers,
      contentType: 'text/vtt',
      body: `WEBVTT\n\n00:00:00.000 --> 01:00:00.000\n${words}\n`,
    });
  });
}

const languageShown = ({ page }: TestPage): Promise<string | undefined> =>
  page.evaluate(
    () =>
      Array.from(document.querySelector('video')?.textTracks ?? []).find(
        ({ kind, mode }) => kind === 'subtitles' && mode === 'showing',
      )?.language,
  );

it('PRE8: a look that is refused, or never comes, keeps nobody from joining', async () => {
  await ada.page.route(layouts, (route) => route.abort());
  await ada.page.routeWebSocket(/\/ws/, (route) => {
    route.connectToServer();
    socket = route;
  });
  await joinRoom(ada, amphi.links.rooms.broadcaster!, 'Ada');
  await by(ada, 'stage-tile').waitFor(PATIENCE);
  // No answer at all: Grace's page is not told that there is none.
  await grace.page.route(layouts, () => {});
  await joinRoom(grace, amphi.links.rooms['hls-viewer']!, 'Grace');
  await grace.page.locator('[data-testid=player-state][data-state=waiting]').waitFor(PATIENCE);
  await grace.page.unroute(layouts);
});

it('STG10: a weak connection is marked on the tile, and told to who has it', async () => {
  const { page } = ada;
  const peerId = await page.getByTestId('stage-tile').first().getAttribute('data-peer');
  const score = (downlink_score: number): void =>
    socket?.send(
      JSON.stringify({
        jsonrpc: '2.0',
        method: 'on-connection-quality-update',
        params: { peers: [{ peer_id: peerId, downlink_score }] },
      }),
    );
  // The server's own scores come every five seconds, and may say something else by then.
  await expect
    .poll(async () => {
      score(1);
      return [await page.getByTestId('tile-weak').count(), await page.getByTestId('weak-connection').count()];
    }, PATIENCE)
    .toEqual([1, 1]);
  expect(await violationsOf(page)).toEqual([]);
  await expect
    .poll(async () => {
      score(2);
      return [await page.getByTestId('tile-weak').count(), await page.getByTestId('weak-connection').count()];
    }, PATIENCE)
    .toEqual([1, 0]);
  await expect
    .poll(async () => {
      score(5);
      return page.getByTestId('tile-weak').count();
    }, PATIENCE)
    .toBe(0);
});

it('CAP2: captions are offered where the stream has some, and the language is remembered', async () => {
  const { page } = grace;
  const playing = page.locator('[data-testid=player-state][data-state=playing]');
  const openOptions = async (): Promise<void> => {
    await by(grace, 'player').hover();
    await by(grace, 'player-options').click();
    await by(grace, 'player-stats-toggle').waitFor();
  };
  await goLive(ada);
  await playing.waitFor({ ...PATIENCE, state: 'attached' });
  await openOptions();
  expect(await page.getByRole('menuitemradio', { name: 'Deutsch' }).count()).toBe(0);
  expect(await page.getByText('Captions').count()).toBe(0);
  await page.keyboard.press('Escape');

  await giveCaptions(page);
  await page.reload();
  await by(grace, 'preview-join').click();
  await playing.waitFor({ ...PATIENCE, state: 'attached' });
  expect(await languageShown(grace)).toBeUndefined();
  await openOptions();
  await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
  await expect.poll(() => languageShown(grace), PATIENCE).toBe('de');
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.reload();
  await by(grace, 'preview-join').click();
  await expect.poll(() => languageShown(grace), PATIENCE).toBe('de');
  // By key: away, and back as it was.
  await page.locator('[data-testid=player-state]').waitFor({ ...PATIENCE, state: 'attached' });
  await page.locator('body').press('c');
  await expect.poll(() => languageShown(grace), PATIENCE).toBeUndefined();
  await page.locator('body').press('c');
  await expect.poll(() => languageShown(grace), PATIENCE).toBe('de');
});

it('STG8: messages that have gone can be read again', async () => {
  const { page } = ada;
  await by(grace, 'hand-toggle').click();
  // Her name is kept apart from the words around it by characters that are not seen.
  const raised = /Grace\S? raised a hand/;
  const message = page.getByRole('listitem').filter({ hasText: raised });
  await message.first().waitFor(PATIENCE);
  await message.getByRole('button', { name: 'Dismiss' }).first().click();
  await message.first().waitFor({ ...PATIENCE, state: 'detached' });
  await by(ada, 'settings').click();
  await by(ada, 'past-messages').locator('summary').click();
  await by(ada, 'past-messages').getByText(raised).waitFor(PATIENCE);
  expect(await violationsOf(ada.page)).toEqual([]);
  await ada.page.keyboard.press('Escape');
});

it('FBK6: who leaves is asked how it was, by keys alone, once more where it failed; their back end reads it', async () => {
  const { page } = grace;
  await by(grace, 'leave').click();
  await by(grace, 'left-screen').waitFor(PATIENCE);
  await by(grace, 'feedback-1').press('Space');
  for (let grade = 1; grade < 4; grade++) await page.keyboard.press('ArrowDown');
  expect(await by(grace, 'feedback-4').isChecked()).toBe(true);
  await by(grace, 'feedback-comment').fill('Lovely');
  const feedback = (url: URL): boolean => url.pathname === '/v2/client/feedback';
  await page.route(feedback, (route) => route.abort());
  await by(grace, 'feedback-send').click();
  await page.getByText('Your answer did not get through').waitFor(PATIENCE);
  await page.unroute(feedback);
  const answered = page.waitForResponse((response) => feedback(new URL(response.url())));
  await by(grace, 'feedback-send').click();
  const response = await answered;
  expect(response.status()).toBe(200);
  expect(response.request().postDataJSON()).toMatchObject({ payload: { rating: 4, comment: 'Lovely' } });
  await page.getByText('Thank you for telling us.').waitFor(PATIENCE);
  expect(await violationsOf(page)).toEqual([]);
});
