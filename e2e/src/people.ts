import type { TestPage } from '@amphi/testkit';

/** What a person does in the room app, by the controls they see. */

export async function joinRoom(person: TestPage, link: string, name: string): Promise<void> {
  await person.page.goto(link);
  await person.page.getByTestId('preview-name').fill(name);
  await person.page.getByTestId('preview-join').click();
}

export async function goLive(person: TestPage): Promise<void> {
  await person.page.getByTestId('go-live').click();
  await person.page.getByTestId('live-badge').waitFor({ timeout: 60_000 });
}

/** Ends the stream; its viewers see it to its end. */
export async function endStream(person: TestPage): Promise<void> {
  await person.page.getByTestId('end-stream').click();
  await person.page.getByTestId('end-stream-confirm').click();
  await person.page.getByTestId('go-live').waitFor({ timeout: 20_000 });
}

export async function say(person: TestPage, text: string): Promise<void> {
  await openChat(person);
  await person.page.getByTestId('chat-input').fill(text);
  await person.page.getByTestId('chat-send').click();
}

export async function openChat(person: TestPage): Promise<void> {
  const input = person.page.getByTestId('chat-input');
  const toggle = person.page.getByTestId('chat-toggle');
  // Open already, or to be opened: which, is seen once the room is there.
  await input.or(toggle).first().waitFor();
  if (!(await input.isVisible())) await toggle.click();
  await input.waitFor();
}

export async function seesMessage(person: TestPage, text: string): Promise<void> {
  await openChat(person);
  await person.page.getByTestId('chat-message').filter({ hasText: text }).waitFor({ timeout: 10_000 });
}

/** Waits until the first video element found by `selector` shows an advancing barcode. @returns its ages in ms */
export async function seesAdvancingBarcode(
  person: TestPage,
  selector: string,
  options: {
    readonly frames?: number;
    readonly timeoutMs?: number;
    readonly tile?: { x: number; y: number; width: number };
  } = {},
): Promise<readonly number[]> {
  const frames = options.frames ?? 10;
  await person.page.waitForFunction(
    ({ selector, frames, tile }) => {
      const video = document.querySelector<HTMLVideoElement>(selector);
      if (!video) return false;
      const key = `seen:${selector}`;
      const store = window as unknown as Record<string, number[] | undefined>;
      store[key] ??= [];
      const code = window.amphiTest.readBarcode(video, tile);
      if (code === undefined) return false;
      const age = ((Date.now() >>> 0) - code) | 0;
      // A garbled code is off by far more than any latency.
      if (Math.abs(age) > 60_000) return false;
      const last = store[key].at(-1);
      if (last !== code) store[key].push(code);
      return new Set(store[key]).size >= frames;
    },
    { selector, frames, tile: options.tile },
    { timeout: options.timeoutMs ?? 30_000, polling: 100 },
  );
  return person.page.evaluate((selector) => {
    const video = document.querySelector<HTMLVideoElement>(selector)!;
    const code = window.amphiTest.readBarcode(video) ?? 0;
    return [((Date.now() >>> 0) - code) | 0];
  }, selector);
}

/** Waits for a picture that its camera has made after that moment, in any of the videos found. @returns how long after it was shown, in ms */
export async function seesPictureSince(
  { page }: TestPage,
  selector: string,
  since: number,
  timeoutMs = 30_000,
): Promise<number> {
  const shown = await page.waitForFunction(
    ({ selector, since }) => {
      for (const video of document.querySelectorAll<HTMLVideoElement>(selector)) {
        const code = window.amphiTest.readBarcode(video);
        const after = code === undefined ? 0 : (code - (since >>> 0)) | 0;
        // A garbled code is off by far more.
        if (after > 0 && after < 120_000) return Date.now();
      }
      return undefined;
    },
    { selector, since },
    { timeout: timeoutMs, polling: 50 },
  );
  return ((await shown.jsonValue()) ?? Number.NaN) - since;
}

/** Waits until the element plays a beep of `hz`. */
export async function hearsTone(person: TestPage, selector: string, hz: number, timeoutMs = 20_000): Promise<void> {
  await person.page.waitForFunction(
    async ({ selector, hz }) => {
      for (const media of document.querySelectorAll<HTMLMediaElement>(selector)) {
        if (media.readyState < 2) continue;
        const heard = await window.amphiTest.loudness(media);
        if (heard.rms > 0.01 && Math.abs(heard.peakHz - hz) < 60) return true;
      }
      return false;
    },
    { selector, hz },
    { timeout: timeoutMs, polling: 50 },
  );
}
