import { rm } from 'node:fs/promises';
import { type Logger, messageOf } from '@amphi/base';
import { type OpenPage, type PageStatus, type PageTrouble, pageCommand } from '@amphi/protocol';
import { type Browser, chromium, errors, type Page } from 'playwright-core';
import { CAPTURE_SCRIPT, CAPTURED_TITLE, type Capture } from './capture-script.ts';
import { DISABLED_FEATURES } from './disabled-features.ts';
import { PageProxy } from './page-proxy.ts';

/** Any https address: nothing is fetched for it. Pages without TLS may not capture. */
const CAPTURING_URL = 'https://capture.invalid/';
const LAUNCH_LIMIT_MS = 30_000;
/** A page whose script does not answer for so long is as good as crashed. */
const ANSWER_LIMIT_MS = 20_000;
const ASKED_EVERY_MS = 5_000;
const LOOK_EVERY_MS = 100;

const ARGUMENTS = [
  `--disable-features=${DISABLED_FEATURES.join()}`,
  '--disable-gpu',
  '--disable-quic',
  '--autoplay-policy=no-user-gesture-required',
  `--auto-select-tab-capture-source-by-title=${CAPTURED_TITLE}`,
  // The SFU is on this machine.
  '--allow-loopback-in-peer-connection',
];

declare const amphiCapture: Capture;

/** Why a page is not shown. */
class PageError extends Error {
  readonly code: PageTrouble;

  constructor(code: PageTrouble, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Shows one page in a Chromium of its own, and sends what is seen and heard of it to the SFU, until it is told to close, the server
 * is gone, or the page is. Resolves when nothing is left of it.
 */
export async function openPage(logger: Logger): Promise<void> {
  const tell = (status: PageStatus): void => void (process.connected && process.send?.(status));
  const ended = later<PageError | undefined>();
  const opened = later<OpenPage>();
  const answered = later<string>();
  process.on('disconnect', () => ended.resolve(undefined));
  process.on('message', (message) => {
    const { data: command } = pageCommand.safeParse(message);
    if (command?.type === 'open') opened.resolve(command);
    else if (command?.type === 'answer') answered.resolve(command.sdp);
    else if (command?.type === 'close') ended.resolve(undefined);
    else logger.warn({}, 'malformed command');
  });
  const order = await Promise.race([opened.promise, ended.promise]);
  if (!order || order instanceof Error) return;
  const proxy = new PageProxy({ ...order, logger });
  const shown = new ShownPage({ order, proxy, onEnd: (why) => ended.resolve(why) });
  const work = async (): Promise<void> => {
    const { sdp, video, audio } = await shown.capture();
    tell({ type: 'offer', sdp, tracks: { video, audio } });
    await shown.open(answered.promise);
    tell({ type: 'shown' });
    await shown.watch();
  };
  work().catch((error: unknown) => ended.resolve(shown.reasonOf(error)));
  const why = await ended.promise;
  await shown.close();
  proxy.close();
  // Who has started us removes what has to stay now.
  await rm(order.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch((error: unknown) => {
    logger.warn({ error: messageOf(error) }, 'the folder of the page stays');
  });
  if (!why) return;
  logger.warn({ code: why.code, error: why.message }, 'page gone');
  await new Promise<void>((resolve) => {
    if (!process.send || !process.connected) resolve();
    else process.send({ type: 'gone', code: why.code, message: why.message } satisfies PageStatus, () => resolve());
  });
}

function later<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** The tab that is shown, and the one beside it that captures it. */
class ShownPage {
  readonly #order: OpenPage;
  readonly #proxy: PageProxy;
  readonly #onEnd: (why: PageError) => void;
  #browser: Browser | undefined;
  #page: Page | undefined;
  #capturing: Page | undefined;
  /** Where it is, or was about to go. */
  #host = '';
  #isClosed = false;

  constructor(options: {
    readonly order: OpenPage;
    readonly proxy: PageProxy;
    readonly onEnd: (why: PageError) => void;
  }) {
    this.#order = options.order;
    this.#proxy = options.proxy;
    this.#onEnd = options.onEnd;
  }

  /** Captures the tab while it is empty: it has our title then, and the capture stays whatever it shows. */
  async capture(): Promise<{ readonly sdp: string; readonly video: string; readonly audio: string }> {
    const { width, height, frameRate, bitrateBps } = this.#order;
    try {
      const browser = await this.#launch();
      const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: false });
      const page = await context.newPage();
      this.#page = page;
      await page.evaluate(`document.title = ${JSON.stringify(CAPTURED_TITLE)}`);
      const capturing = await context.newPage();
      this.#capturing = capturing;
      capturing.on('crash', () => this.#end('chromium_ended', 'the tab that captures the page crashed'));
      await capturing.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<title>-</title>' }));
      await capturing.goto(CAPTURING_URL);
      await capturing.evaluate(CAPTURE_SCRIPT);
      // Windows that the page opens would be seen by nobody.
      context.on('page', (other) => void other.close().catch(() => {}));
      return await capturing.evaluate((wanted) => amphiCapture.begin(wanted), { width, height, frameRate, bitrateBps });
    } catch (error) {
      throw error instanceof PageError ? error : new PageError('chromium_failed', messageOf(error));
    }
  }

  /** Opens the address; resolves when pictures of what it has drawn are sent. @throws PageError */
  async open(answer: Promise<string>): Promise<void> {
    const { url, timeoutMs } = this.#order;
    const page = this.#page!;
    const deadline = performance.now() + timeoutMs;
    const left = (): number => Math.max(1, deadline - performance.now());
    this.#host = new URL(url).hostname;
    page.on('crash', () => this.#end('page_crashed', 'the page crashed'));
    page.on('close', () => this.#end('page_closed', 'the page closed itself'));
    page.on('request', (request) => {
      if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return;
      this.#host = URL.parse(request.url())?.hostname ?? '';
    });
    const response = await page.goto(url, { waitUntil: 'domcontentloaded', timeout: timeoutMs });
    if (this.#isRefused) throw this.#refusal();
    const status = response?.status() ?? 0;
    if (status >= 400) throw new PageError('page_refused', `the page answered ${status}`);
    await page
      .waitForFunction("performance.getEntriesByType('paint').length > 0", undefined, { timeout: left() })
      .catch((error: unknown) => {
        throw error instanceof errors.TimeoutError
          ? new PageError('page_blank', `the page had drawn nothing after ${timeoutMs} ms`)
          : error;
      });
    await this.#untilSent(answer, left);
    page.on('framenavigated', (frame) => {
      if (frame !== page.mainFrame() || !frame.url().startsWith('chrome-error:')) return;
      this.#onEnd(
        this.#isRefused ? this.#refusal() : new PageError('page_unreachable', 'it led where nothing answers'),
      );
    });
  }

  /** Asks the page now and then whether it lives. Throws when it does not. */
  async watch(): Promise<void> {
    while (!this.#isClosed) {
      await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
      await this.#within(this.#page!.evaluate('1'), ANSWER_LIMIT_MS, () => {
        return new PageError('page_hung', `the page did not answer for ${ANSWER_LIMIT_MS} ms`);
      }).catch((error: unknown) => {
        // One that goes to another address has nobody to answer for a moment.
        if (error instanceof PageError) throw error;
      });
    }
  }

  reasonOf(error: unknown): PageError {
    if (error instanceof PageError) return error;
    if (this.#isRefused) return this.#refusal();
    const { timeoutMs } = this.#order;
    if (error instanceof errors.TimeoutError) return new PageError('page_slow', `not loaded after ${timeoutMs} ms`);
    return new PageError('page_unreachable', messageOf(error).split('\n', 1)[0] ?? '');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#browser?.close().catch(() => {});
  }

  async #launch(): Promise<Browser> {
    const { chromium: program, folder } = this.#order;
    const server = await this.#proxy.listen();
    // The profile is made there.
    process.env.TMPDIR = folder;
    const browser = await chromium.launch({
      executablePath: program,
      args: ARGUMENTS,
      // It would silence what is captured, too.
      ignoreDefaultArgs: ['--mute-audio'],
      // Chromium has none for root.
      chromiumSandbox: process.getuid?.() !== 0,
      proxy: { server },
      timeout: LAUNCH_LIMIT_MS,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    this.#browser = browser;
    browser.on('disconnected', () => this.#end('chromium_ended', 'Chromium ended'));
    return browser;
  }

  async #untilSent(answer: Promise<string>, left: () => number): Promise<void> {
    const late = () => new PageError('page_unseen', 'no picture of the page reached the media server in time');
    const capturing = this.#capturing!;
    const sdp = await this.#within(answer, left(), late);
    await capturing.evaluate((text) => amphiCapture.accept(text), sdp);
    const before = await capturing.evaluate(() => amphiCapture.sent());
    for (;;) {
      const { pictures, state } = await capturing.evaluate(() => amphiCapture.sent());
      if (state === 'connected' && pictures > before.pictures) return;
      if (left() <= 1) throw late();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #within<T>(work: Promise<T>, ms: number, late: () => PageError): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(late()), ms);
    });
    return Promise.race([work, limit]).finally(() => clearTimeout(timer));
  }

  get #isRefused(): boolean {
    return this.#proxy.refused.has(this.#host);
  }

  #refusal(): PageError {
    return new PageError('page_private', `${this.#host} is not a public address`);
  }

  #end(code: PageTrouble, message: string): void {
    if (!this.#isClosed) this.#onEnd(new PageError(code, message));
  }
}
