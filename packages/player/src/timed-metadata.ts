import type { Millis } from '@amphi/base';

/** A message to the viewers that belongs to a moment of the stream. */
export interface TimedMetadata {
  /** Of the date range; each fires once per player. */
  readonly id: string;
  readonly payload: string;
  readonly startDate: Millis;
  readonly endDate: Millis;
  readonly durationMs: Millis;
}

/** A date range of a playlist with its `X-` attributes. */
export interface DateRangeAttributes {
  readonly id: string;
  readonly custom: readonly string[];
}

/** Longer texts are nobody's message. */
const MAX_ENCODED_LENGTH = 16_384;

/**
 * Reads the message out of a date range: base64 of JSON with `payload`, `start_date`, `end_date`, in any attribute of
 * the range; the dates in it count, not the tag's.
 * @returns undefined for anything else, since playlists may hold date ranges of others
 */
export function decodeTimedMetadata(range: DateRangeAttributes): TimedMetadata | undefined {
  for (const text of range.custom) {
    const decoded = decode(text);
    if (decoded) return { id: range.id, ...decoded };
  }
  return undefined;
}

function decode(text: string): Omit<TimedMetadata, 'id'> | undefined {
  if (text.length > MAX_ENCODED_LENGTH) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(atob(text));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { payload, start_date: start, end_date: end } = value as Record<string, unknown>;
  if (typeof payload !== 'string' || typeof start !== 'string' || typeof end !== 'string') return undefined;
  const startDate = Date.parse(withColon(start));
  const endDate = Date.parse(withColon(end));
  if (Number.isNaN(startDate) || Number.isNaN(endDate)) return undefined;
  return { payload, startDate, endDate, durationMs: Math.max(0, endDate - startDate) };
}

/** `+0000` is met in the field, and Safari does not read it. */
const withColon = (date: string): string => date.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');

/** Remembers which messages have fired. */
export class TimedMetadataSchedule {
  readonly #waiting = new Map<string, TimedMetadata>();
  readonly #done = new Set<string>();

  /** Takes the messages of a playlist; known ones are ignored. */
  add(messages: Iterable<TimedMetadata>): void {
    for (const message of messages) if (!this.#done.has(message.id)) this.#waiting.set(message.id, message);
  }

  /**
   * Messages whose time has come at the date being played, by date. Those that were over before playback reached them
   * (of a viewer who joined later) are dropped.
   */
  due(playingDate: Millis): TimedMetadata[] {
    const due: TimedMetadata[] = [];
    for (const [id, message] of this.#waiting) {
      if (message.startDate > playingDate) continue;
      this.#waiting.delete(id);
      this.#done.add(id);
      if (message.endDate >= playingDate || playingDate - message.startDate < LATE_MS) due.push(message);
    }
    return due.sort((a, b) => a.startDate - b.startDate);
  }

  clear(): void {
    this.#waiting.clear();
    this.#done.clear();
  }
}

/** The date played is looked at a few times a second; a short message must not fall through between two looks. */
const LATE_MS: Millis = 2_000;
