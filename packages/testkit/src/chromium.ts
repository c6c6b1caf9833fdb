import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/**
 * Of the two switches that name features, Chromium takes the last: what Playwright switches off comes first.
 * Each window would load the pages of the list below the address bar, which no test sees: half of what a page costs.
 */
const DISABLED_FEATURES = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
];

const FLAGS = [
  `--disable-features=${DISABLED_FEATURES.join()}`,
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Pages in the background must go on drawing and playing.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--autoplay-policy=no-user-gesture-required',
  // A machine with nothing but `lo` has no other candidates.
  '--allow-loopback-in-peer-connection',
];
/** A camera, a microphone and a screen, all drawn by Chromium, and nobody asked. */
const FAKE_DEVICES = [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--auto-select-desktop-capture-source=Entire screen',
];

/**
 * Headless Chromium of the system with fake camera, microphone and screen. The caller closes it.
 * @param options.sharesTab the title of a tab: sharing the screen shares that tab, and there are no fake devices
 */
export async function launchChromium(
  options: { readonly args?: readonly string[]; readonly sharesTab?: string } = {},
): Promise<Browser> {
  const { sharesTab } = options;
  return chromium.launch({
    executablePath: process.env.AMPHI_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...FLAGS,
      ...(sharesTab === undefined ? FAKE_DEVICES : [`--auto-select-tab-capture-source-by-title=${sharesTab}`]),
      ...(options.args ?? []),
    ],
  });
}

/** A page of its own context (own storage), with everything it logs kept for failure messages. */
export interface TestPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors and uncaught exceptions, oldest first. */
  readonly problems: string[];
  /** All console output, last 500 lines. */
  readonly log: string[];
}

export async function openPage(
  browser: Browser,
  options: {
    readonly width?: number;
    readonly height?: number;
    readonly initScripts?: readonly string[];
    readonly colorScheme?: 'light' | 'dark';
    /** Of the browser, as a BCP 47 tag; `navigator.languages` begins with it. */
    readonly locale?: string;
  } = {},
): Promise<TestPage> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 720 },
    permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
    ...(options.colorScheme ? { colorScheme: options.colorScheme } : {}),
    ...(options.locale ? { locale: options.locale } : {}),
  });
  for (const content of options.initScripts ?? []) await context.addInitScript({ content });
  const page = await context.newPage();
  const problems: string[] = [];
  const log: string[] = [];
  page.on('console', (message) => {
    log.push(`${message.type()}: ${message.text()}`);
    if (log.length > 500) log.shift();
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  return { page, context, problems, log };
}
