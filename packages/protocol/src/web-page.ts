import * as z from 'zod';

/** Between the server and a process that shows a web page (`open-page` of the egress program): JSON over the child's IPC channel. */

/** Tracks of a page at the SFU of its session. */
export const pageTracks = z.object({
  video: z.string().min(1),
  audio: z.string().min(1),
});

/** Server → page. */
export const pageCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('open'),
    url: z.url({ protocol: /^https?$/ }),
    /** The program that shows it. */
    chromium: z.string().min(1),
    /** Of the process alone, for what the browser keeps; it is there, and removed with the process. */
    folder: z.string().min(1),
    width: z.int().positive(),
    height: z.int().positive(),
    frameRate: z.number().positive(),
    bitrateBps: z.int().positive(),
    /** From its address being opened to its first picture. */
    timeoutMs: z.int().positive(),
    /** Whether it may reach this machine and its network. */
    allowPrivate: z.boolean(),
    /** Origins that it may reach wherever they are: those of the server itself. */
    ownOrigins: z.array(z.url({ protocol: /^https?$/ })),
  }),
  /** Of the SFU, to the offer. */
  z.object({ type: z.literal('answer'), sdp: z.string().min(1) }),
  /** The page is closed, and the process ends. */
  z.object({ type: z.literal('close') }),
]);

/** Why a page is not shown, or not any more. */
export const pageTrouble = z.enum([
  'chromium_failed',
  'chromium_ended',
  'page_private',
  'page_unreachable',
  'page_refused',
  'page_slow',
  'page_blank',
  'page_crashed',
  'page_hung',
  'page_closed',
  'page_unseen',
]);

/** Page → server. */
export const pageStatus = z.discriminatedUnion('type', [
  /** To be sent to the SFU: what is seen and heard of the page. */
  z.object({ type: z.literal('offer'), sdp: z.string().min(1), tracks: pageTracks }),
  /** It has drawn something, and pictures of that are on their way. */
  z.object({ type: z.literal('shown') }),
  /** The process ends. */
  z.object({ type: z.literal('gone'), code: pageTrouble, message: z.string() }),
]);

export type PageTracks = z.infer<typeof pageTracks>;
export type PageCommand = z.infer<typeof pageCommand>;
export type OpenPage = Extract<PageCommand, { type: 'open' }>;
export type PageTrouble = z.infer<typeof pageTrouble>;
export type PageStatus = z.infer<typeof pageStatus>;
