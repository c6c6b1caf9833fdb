import type { Millis } from '@amphi/base';

/** Bounds of an origin. All have defaults that fit one machine. */
export interface OriginSettings {
  /** Streams at a time, ended ones that are still kept included. */
  readonly maxStreams: number;
  /** Waiting requests per stream; beyond it the newest is refused with 503. */
  readonly maxWaitingPerStream: number;
  /** Waiting requests per connection; a session of HTTP/2, with all its tabs, is one. Beyond it: 429. */
  readonly maxWaitingPerConnection: number;
  /** The same for one rendition: a playlist and a hinted part per tab. */
  readonly maxWaitingPerConnectionAndRendition: number;
  /** The same of one address, whatever the stream and however many connections. Beyond it: 429. */
  readonly maxWaitingPerAddress: number;
  readonly maxPartBytes: number;
  readonly maxInitBytes: number;
  /** Parts of one stream that wait to be stored; beyond it they are refused, so that a slow disk fills no memory. */
  readonly maxUnwrittenBytes: number;
  /** A write that takes longer has failed. Egress sends again for some seconds, so it stays below that. */
  readonly storageDeadlineMs: Millis;
  /** How long a blocking request waits, in target durations (rfc8216bis, Blocking Playlist Reload: three). */
  readonly waitTargetDurations: number;
  /** How long an ended stream can still be watched to its end. */
  readonly keepEndedMs: Millis;
  /** A stream nobody has fed for so long is ended: its egress is not coming back. */
  readonly abandonedAfterMs: Millis;
}

export const DEFAULT_SETTINGS: OriginSettings = {
  maxStreams: 1000,
  maxWaitingPerStream: 20_000,
  maxWaitingPerConnection: 24,
  maxWaitingPerConnectionAndRendition: 6,
  maxWaitingPerAddress: 3_000,
  maxPartBytes: 8 * 1024 * 1024,
  maxInitBytes: 64 * 1024,
  maxUnwrittenBytes: 32 * 1024 * 1024,
  storageDeadlineMs: 4_000,
  waitTargetDurations: 3,
  keepEndedMs: 5 * 60_000,
  abandonedAfterMs: 2 * 60_000,
};
