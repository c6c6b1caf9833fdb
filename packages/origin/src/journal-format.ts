import { crc32 } from 'node:zlib';
import { PublicError, parseOrThrow, streamDescription, videoRendition } from '@amphi/protocol';
import * as z from 'zod';
import { NOTHING_MEASURED } from './measured-media.ts';
import type { StreamRecord, StreamState } from './stream-state.ts';

/**
 * A journal is text: a head, then a record per line, each behind its checksum. The head holds the state when the journal
 * was (re)written; the records after it are replayed. Reading stops at the first line that is not whole, which is what a
 * kill in the middle of a write leaves behind.
 */
const FORMAT = 1;

const seconds = z.number().min(0);
const count = z.int().min(0);

const part = z.object({ uri: z.string(), duration: seconds, independent: z.boolean(), gap: z.boolean() });
const segmentHead = z.object({
  discontinuity: z.boolean(),
  map: z.object({ uri: z.string() }).exactOptional(),
  programDateTime: z.number().exactOptional(),
  parts: z.array(part),
});
const iFrameBytes = count.exactOptional();
const openSegment = segmentHead.extend({ iFrameBytes });
const segment = openSegment.extend({
  uri: z.string(),
  duration: seconds,
  title: z.string(),
  gap: z.boolean(),
  msn: count,
  startsAt: seconds,
  partCount: count,
});
const dateRange = z.object({
  id: z.string(),
  startDate: z.number(),
  duration: seconds.exactOptional(),
  custom: z.record(z.string(), z.string()),
});
/** A live window but for its options, which the description tells. */
const storedWindow = z.object({
  segments: z.array(segment),
  open: openSegment.exactOptional(),
  nextMsn: count,
  discontinuitySequence: count,
  map: z.object({ uri: z.string() }).exactOptional(),
  isInterrupted: z.boolean(),
  dateRanges: z.array(dateRange),
  retired: z.array(z.object({ name: z.string(), until: seconds })),
  edge: seconds,
  ended: z.boolean(),
});
const picture = videoRendition.pick({ codecs: true, bandwidthBps: true, width: true, height: true });
const measured = z.object({
  bytes: count,
  seconds,
  peakBps: count,
  recent: z.array(z.object({ bytes: count, seconds })),
});
const thumbnailSheet = z.object({
  generation: count,
  sheet: count,
  dates: z.array(z.number()).min(1),
  columns: count,
  tileWidth: count,
  tileHeight: count,
});
const thumbnails = z.object({
  sheets: z.array(thumbnailSheet),
  retired: z.array(z.object({ name: z.string(), until: z.number() })),
});
const storedState = z.object({
  generation: z.int().min(-1),
  firstMsn: count,
  run: z.string().exactOptional(),
  replacedRuns: z.array(z.string()),
  renditions: z.record(
    z.string(),
    z.object({
      window: storedWindow,
      picture: picture.exactOptional(),
      openBytes: count,
      measured,
      iFrames: measured.default(() => ({ ...NOTHING_MEASURED, recent: [] })),
    }),
  ),
  thumbnails: thumbnails.default(() => ({ sheets: [], retired: [] })),
  isPlayable: z.boolean(),
  endedAt: z.number().exactOptional(),
});

const journalHead = z.object({
  format: z.literal(FORMAT),
  streamId: z.string(),
  createdAt: z.number(),
  description: streamDescription,
  state: storedState,
});

const journalRecord: z.ZodType<StreamRecord> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('attach'),
    run: z.string().exactOptional(),
    pictures: z.record(z.string(), picture).exactOptional(),
  }),
  z.object({ type: z.literal('init'), rendition: z.string() }),
  z.object({
    type: z.literal('part'),
    rendition: z.string(),
    part: z.object({
      msn: count,
      part: count,
      duration: seconds,
      independent: z.boolean(),
      last: z.boolean(),
      programDateTime: z.number(),
      iFrameBytes,
    }),
    bytes: count,
  }),
  z.object({ type: z.literal('dateRange'), range: dateRange }),
  z.object({ type: z.literal('thumbnails'), sheet: thumbnailSheet }),
  z.object({ type: z.literal('end'), at: z.number() }),
]);

export type JournalHead = Omit<z.infer<typeof journalHead>, 'format' | 'state'> & { readonly state: StreamState };
type StoredState = z.infer<typeof storedState>;

/** What a journal tells, as far as it is whole. */
export interface JournalContent {
  readonly head: Omit<JournalHead, 'state'>;
  /** Of the head: its state, put on the `empty` one that its description gives. */
  readonly stateOver: (empty: StreamState) => StreamState;
  readonly records: readonly StreamRecord[];
}

export function encodeHead(head: JournalHead): Buffer {
  const { state } = head;
  const renditions = Object.fromEntries(
    [...state.renditions].map(([id, { window, ...rest }]) => {
      const { options: _options, ...stored } = window;
      return [id, { ...rest, window: stored }];
    }),
  );
  return encodeLine({ format: FORMAT, ...head, state: { ...state, renditions } });
}

export function encodeRecord(record: StreamRecord): Buffer {
  return encodeLine(record);
}

/** @throws PublicError when there is no whole head of this format */
export function decodeJournal(bytes: Buffer): JournalContent {
  const lines = wholeLines(bytes);
  const first = lines.next();
  if (first.done) throw new PublicError(400, 'journal: its head is missing or cut off');
  const { state, format: _format, ...head } = parseOrThrow(journalHead, first.value, 'journal head');
  const records: StreamRecord[] = [];
  for (const line of lines) records.push(parseOrThrow(journalRecord, line, 'journal record'));
  return { head, stateOver: (empty) => stateFrom(state, empty), records };
}

function stateFrom({ renditions, ...state }: StoredState, empty: StreamState): StreamState {
  return {
    ...state,
    run: state.run,
    endedAt: state.endedAt,
    renditions: new Map(
      [...empty.renditions].map(([id, fresh]) => {
        const stored = renditions[id];
        if (!stored) return [id, fresh];
        const { window, ...rest } = stored;
        return [
          id,
          { ...rest, window: { ...window, open: window.open, map: window.map, options: fresh.window.options } },
        ];
      }),
    ),
  };
}

function encodeLine(value: unknown): Buffer {
  const json = JSON.stringify(value);
  return Buffer.from(`${checksumOf(json)} ${json}\n`);
}

function* wholeLines(bytes: Buffer): Generator<unknown> {
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    const line = bytes.toString('utf8', start, end);
    const json = line.slice(9);
    if (line.slice(0, 9) !== `${checksumOf(json)} `) return;
    yield JSON.parse(json);
    start = end + 1;
  }
}

const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');
