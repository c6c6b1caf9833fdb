import { z } from 'zod';

/**
 * What one of many may cost, all in one place. Each row has its reason in `docs/specs/budgets.md`; a test compares the
 * defaults there with these.
 */

const amount = z.number().positive().max(1e12);

/** Open things at a time. */
const count = (most: number) => z.int().min(1).max(1e9).default(most);

/** `perSecond` in the long run, `burst` at once. */
const rate = (perSecond: number, burst: number) =>
  z.strictObject({ perSecond: amount.default(perSecond), burst: amount.default(burst) }).prefault({});

export const limitsSchema = z
  .strictObject({
    /** Attempts to sign in, or to change a password, by one address. */
    signInsPerAddress: rate(0.1, 5),
    /** Attempts to sign in that failed, of all addresses together. */
    failedSignIns: rate(2, 20),
    /** Room codes that do not exist, asked for by one address. */
    wrongCodesPerAddress: rate(1, 30),
    /** Tokens that are not accepted, shown by one address over HTTP or signaling. */
    wrongTokensPerAddress: rate(1, 60),
    /** Live streams at a time, each with a process of its own; those that drain included. */
    liveStreams: count(4),
    /** Requests of players that wait for a part or a segment of one stream. */
    waitingPerStream: count(20_000),
    /** The same on one connection; HTTP/2 puts a whole browser on one. */
    waitingPerConnection: count(24),
    /** The same on one connection for one rendition of a stream. */
    waitingPerConnectionAndRendition: count(6),
  })
  .prefault({});

export type Limits = z.infer<typeof limitsSchema>;
