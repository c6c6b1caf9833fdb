import type { Millis, Seconds } from '@amphi/base';
import { formatDateTime, parseDateTime } from './dates.ts';
import { malformed } from './errors.ts';

/** A small picture of what is shown from a time on: a place in an image of many. */
export interface ThumbnailCue {
  /** Media time from the beginning of the playlist on. */
  readonly startsAt: Seconds;
  readonly endsAt: Seconds;
  /** Wall clock of the picture, as EXT-X-PROGRAM-DATE-TIME counts. */
  readonly date?: Millis;
  /** Relative to the track. */
  readonly uri: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const TIMES = /^(?:(\d{2,}):)?(\d\d):(\d\d)\.(\d{3}) --> (?:(\d{2,}):)?(\d\d):(\d\d)\.(\d{3})(?:\s|$)/;
const PLACE = /^(\S+)#xywh=(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})$/;

/**
 * WebVTT whose cues name places of images (Media Fragments URI, `#xywh`), as players know it. The id of a cue is its date:
 * in a live stream times from its beginning mean little.
 */
export function serializeThumbnails(cues: readonly ThumbnailCue[]): string {
  const blocks = cues.map(({ startsAt, endsAt, date, uri, x, y, width, height }) => {
    const id = date === undefined ? '' : `${formatDateTime(date)}\n`;
    return `\n${id}${formatTime(startsAt)} --> ${formatTime(endsAt)}\n${uri}#xywh=${x},${y},${width},${height}\n`;
  });
  return `WEBVTT\n${blocks.join('')}`;
}

/**
 * Reads such a track; cues of other kinds, styles and notes are ignored.
 * @throws HlsError `malformed`
 */
export function parseThumbnails(text: string): ThumbnailCue[] {
  const [head, ...blocks] = text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .split(/\n{2,}/);
  if (!/^WEBVTT(?:[ \t\n]|$)/.test(head ?? '')) throw malformed('a track of thumbnails begins with WEBVTT');
  return blocks.flatMap((block) => {
    const lines = block.split('\n');
    const at = lines.findIndex((line) => TIMES.test(line));
    const times = TIMES.exec(lines[at] ?? '');
    const place = PLACE.exec(lines[at + 1] ?? '');
    if (!times || !place) return [];
    const [uri, x, y, width, height] = [place[1]!, ...place.slice(2).map(Number)] as [
      string,
      number,
      number,
      number,
      number,
    ];
    const date = dateOf(lines[at - 1]);
    const range = { startsAt: secondsOf(times.slice(1, 5)), endsAt: secondsOf(times.slice(5, 9)) };
    return [{ ...range, ...(date === undefined ? {} : { date }), uri, x, y, width, height }];
  });
}

/** Ids may be anything in other people's tracks. */
function dateOf(id: string | undefined): Millis | undefined {
  if (!id || !/^\d{4}-\d\d-\d\dT/.test(id)) return undefined;
  return parseDateTime(id, 'cue');
}

function formatTime(seconds: Seconds): string {
  const millis = Math.round(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [Math.floor(millis / 3_600_000), Math.floor(millis / 60_000) % 60, Math.floor(millis / 1000) % 60];
  return `${clock.map(two).join(':')}.${String(millis % 1000).padStart(3, '0')}`;
}

function secondsOf([hours, minutes, seconds, millis]: readonly (string | undefined)[]): Seconds {
  return Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(millis) / 1000;
}
