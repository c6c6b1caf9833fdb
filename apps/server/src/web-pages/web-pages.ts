import { type Clock, type Logger, systemClock } from '@amphi/base';
import type { Program } from '../egress-jobs/program.ts';
import { pageAddressOf } from './page-address.ts';
import { DEFAULT_PAGE_POLICY, type PagePolicy } from './page-health.ts';
import type { PageProgram } from './page-process.ts';
import { WebPage, type WebPageOptions } from './web-page.ts';

/** Bits of a page's picture on its way to the composer, for each of the stream's: it is encoded once more there. */
const OF_STREAM_BITRATE = 2;
const AUDIO_AND_REST_BPS = 500_000;

/** Web pages that are shown in place of a stage. */
export interface WebPages {
  /** As `pageAddressOf`. @throws PublicError 400 */
  addressOf(meetingUrl: string | undefined): string | undefined;
  /** @param program of which it is the source; it has an address of a page */
  open(program: Program, router: WebPageOptions['router']): WebPage;
}

/** Where no browser is named. */
export const NO_PAGES: WebPages = {
  addressOf: () => undefined,
  open: ({ pageUrl }) => {
    throw new Error(`no browser for ${pageUrl}`);
  },
};

export function createWebPages(options: {
  readonly program: PageProgram;
  /** Path of the browser; undefined: none is opened. */
  readonly chromium: string | undefined;
  readonly allowPrivate: boolean;
  /** Of this server, as people reach it and as this machine does. */
  readonly origins: () => readonly string[];
  /** Of this machine, on which media are received. */
  readonly localAddress: string;
  readonly policy?: Partial<PagePolicy>;
  readonly clock?: Clock;
  readonly logger: Logger;
}): WebPages {
  const { chromium, allowPrivate, origins } = options;
  const policy = { ...DEFAULT_PAGE_POLICY, ...options.policy };
  return {
    addressOf: (meetingUrl) =>
      pageAddressOf(meetingUrl, { isOn: chromium !== undefined, origins: origins(), allowPrivate }),
    open: ({ pageUrl = '', rungs, frameRate }, router) => {
      const { width, height, bitrateBps } = rungs[0]!;
      return new WebPage({
        program: options.program,
        order: {
          url: pageUrl,
          // Switched off since, by a restart: it fails, and says so.
          chromium: chromium ?? 'chromium',
          width,
          height,
          frameRate,
          bitrateBps: bitrateBps * OF_STREAM_BITRATE + AUDIO_AND_REST_BPS,
          timeoutMs: policy.joinTimeoutMs,
          allowPrivate,
          ownOrigins: [...origins()],
        },
        router,
        localAddress: options.localAddress,
        policy,
        clock: options.clock ?? systemClock,
        logger: options.logger,
      });
    },
  };
}
