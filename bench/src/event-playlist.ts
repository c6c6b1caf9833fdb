import { createMemoryStorage, type MediaStorage, Origin } from '@amphi/origin';
import type { StreamDescription } from '@amphi/protocol';
import { printResult, progress } from './result.ts';

/**
 * What a part costs at the end of a long event playlist, whose every segment stays listed, beside what it costs in its
 * first minutes: to take it in, to answer the many who ask for a delta update, to answer one who joins and asks for the
 * whole, plain and packed. And how long a server that starts again needs to read such a stream's journal. Two
 * renditions, parts of 1/3 s, segments of 2 s, twelve hours as in a template's longest `maxDuration`.
 */

const HOURS = 12;
const PARTS_PER_SEGMENT = 6;
const SEGMENTS = (HOURS * 3600) / 2;
const SAMPLE = 600;
const STREAM = 's1';
const RENDITIONS = ['v720', 'audio'];

const DESCRIPTION: StreamDescription = {
  targetDurationSeconds: 2,
  playlistType: 'event',
  windowSegments: 6,
  renditions: [
    {
      ...{ kind: 'video', id: 'v720', codecs: 'avc1.64001F', bandwidthBps: 3_000_000, partTargetSeconds: 1 / 3 },
      ...{ width: 1280, height: 720, frameRate: 30 },
    },
    { kind: 'audio', id: 'audio', codecs: 'mp4a.40.2', bandwidthBps: 128_000, partTargetSeconds: 1 / 3, channels: 2 },
  ],
};

const data = Buffer.alloc(64);
const journal: Buffer[] = [];
const origin = new Origin({ storage: storageWithJournal() });
await origin.attach(STREAM, DESCRIPTION);
const stream = origin.stream(STREAM)!;
for (const id of RENDITIONS) await stream.putInit(id, 0, data);

let next = 0;
await feed(20 * PARTS_PER_SEGMENT);
const early = await sample();
progress(`first minutes: ${describe(early)}`);
await feed(SEGMENTS * PARTS_PER_SEGMENT - next);
const late = await sample();
progress(`after ${HOURS} h: ${describe(late)}`);

const startedAt = performance.now();
const again = new Origin({ storage: storageWithJournal() });
const [restored] = await again.restore();
const restoreMs = performance.now() - startedAt;
if (restored?.state !== 'playable') throw new Error('the stream was not restored');
again.close();
origin.close();

printResult({
  segments: SEGMENTS,
  part_us: late.part,
  part_us_early: early.part,
  delta_us: late.delta,
  delta_us_early: early.delta,
  whole_us: late.whole,
  whole_gzip_us: late.packed,
  whole_bytes: late.bytes,
  whole_gzip_bytes: late.packedBytes,
  journal_bytes: journal.reduce((sum, { byteLength }) => sum + byteLength, 0),
  restore_ms: restoreMs,
});

interface Sample {
  readonly part: number;
  readonly delta: number;
  readonly whole: number;
  readonly packed: number;
  readonly bytes: number;
  readonly packedBytes: number;
}

function describe({ part, delta, whole, packed }: Sample): string {
  const us = (value: number): string => `${Math.round(value)} µs`;
  return `part ${us(part)}, delta ${us(delta)}, whole ${us(whole)}, packed ${us(packed)}`;
}

/** Medians in microseconds over some minutes, with everything asked for after each part. */
async function sample(): Promise<Sample> {
  const times: Record<'part' | 'delta' | 'whole' | 'packed', number[]> = { part: [], delta: [], whole: [], packed: [] };
  let bytes = 0;
  let packedBytes = 0;
  for (let i = 0; i < SAMPLE; i++) {
    let from = performance.now();
    const lap = (name: keyof typeof times): void => {
      const now = performance.now();
      times[name].push((now - from) * 1000);
      from = now;
    };
    await feed(1);
    lap('part');
    ask({ skip: 'YES' });
    lap('delta');
    const whole = ask({});
    bytes = whole.body.byteLength;
    lap('whole');
    packedBytes = whole.gzip?.().body.byteLength ?? 0;
    lap('packed');
  }
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  const { part, delta, whole, packed } = times;
  return { part: median(part), delta: median(delta), whole: median(whole), packed: median(packed), bytes, packedBytes };
}

type Answer = Parameters<
  Parameters<NonNullable<ReturnType<typeof stream.rendition>>['answerPlaylist']>[2]['answer']
>[0];

function ask(directives: { readonly skip?: 'YES' }): Answer {
  let got: Answer | undefined;
  stream.rendition('v720')?.answerPlaylist('media', directives, {
    answer: (answer) => {
      got = answer;
    },
    refuse: () => {},
    holdings: () => [],
  });
  if (got?.status !== 200) throw new Error(`status ${got?.status}`);
  return got;
}

/** @param count of parts of each rendition */
async function feed(count: number): Promise<void> {
  for (let i = 0; i < count; i++, next++) {
    const part = next % PARTS_PER_SEGMENT;
    const told = {
      msn: Math.floor(next / PARTS_PER_SEGMENT),
      part,
      duration: 0.33332,
      independent: part === 0,
      last: part === PARTS_PER_SEGMENT - 1,
      programDateTime: Math.floor(1_793_000_000_000 + (next * 1000) / 3),
    };
    for (const id of RENDITIONS) await stream.putPart(id, 0, told, data);
  }
}

/** A disk would be measured instead of the origin. */
function storageWithJournal(): MediaStorage {
  const memory = createMemoryStorage();
  return {
    put: memory.put,
    get: () => data,
    delete: memory.delete,
    deleteAll: memory.deleteAll,
    memoryBytes: 0,
    close: memory.close,
    journals: {
      list: async () => [STREAM],
      read: async () => Buffer.concat(journal),
      replace: async (_id, content) => void journal.splice(0, journal.length, content),
      append: async (_id, content) => void journal.push(content),
    },
  };
}
