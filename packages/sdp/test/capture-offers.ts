/**
 * Refreshes the Chromium offers in `corpus/`: one peer connection goes through the steps of the genuine client, each
 * answered by this package. Run: npx tsx --conditions=source packages/sdp/test/capture-offers.ts
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '@amphi/testkit';
import { parseOffer } from '../src/index.ts';
import { answerTo } from './answer-to.ts';

const STEPS = [
  'chromium-data-only',
  'chromium-audio',
  'chromium-simulcast',
  'chromium-screen',
  'chromium-unpublished',
  'chromium-ice-restart',
  'chromium-stopped',
  'chromium-recycled',
  'chromium-max-compat',
  'chromium-h264-only',
];

let version = 0;
const browser = await launchChromium();
try {
  const page = await browser.newPage();
  await page.route('http://localhost/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
  );
  await page.exposeFunction('answer', (sdp: string) => {
    version += 1;
    return answerTo(sdp, version);
  });
  await page.goto('http://localhost/');
  await page.addScriptTag({ path: fileURLToPath(new URL('in-page/publisher-steps.js', import.meta.url)) });
  for (const name of STEPS) {
    const sdp: string = await page.evaluate(`steps[${JSON.stringify(name)}]()`);
    writeFileSync(new URL(`corpus/${name}.sdp`, import.meta.url), sdp);
    console.log(name, parseOffer(sdp).sections.length, 'sections');
  }
} finally {
  await browser.close();
}
