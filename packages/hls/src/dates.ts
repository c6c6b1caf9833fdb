import type { Millis } from '@amphi/base';
import { malformed } from './errors.ts';

/** ISO 8601 with date, time and an offset; `+0000` without a colon is met in the field. */
const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** @returns milliseconds since the Unix epoch; a time without offset is UTC, so that every machine reads the same */
export function parseDateTime(text: string, what: string): Millis {
  const match = DATE_TIME.exec(text);
  let offset = match?.[2] ?? 'Z';
  if (/^[+-]\d\d$/.test(offset)) offset += ':00';
  else if (/^[+-]\d{4}$/.test(offset)) offset = `${offset.slice(0, 3)}:${offset.slice(3)}`;
  const at = match ? Date.parse(match[1]!.replace(',', '.') + offset) : Number.NaN;
  if (Number.isNaN(at)) throw malformed(`${what}: got ${JSON.stringify(text)}, allowed is an ISO 8601 date and time`);
  return at;
}

/** UTC with milliseconds. */
export function formatDateTime(at: Millis): string {
  return new Date(Math.round(at)).toISOString();
}
