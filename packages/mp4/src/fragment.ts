import { assert } from '@amphi/base';
import { ascii, box, concat, fullBox, u32, u64 } from './boxes.ts';
import type { Sample } from './track.ts';

/** Sample flags (ISO/IEC 14496-12, 8.8.3.1): depends on no other sample; or depends on others and is no sync sample. */
export const SYNC_SAMPLE_FLAGS = 0x02000000;
export const NON_SYNC_SAMPLE_FLAGS = 0x01010000;
/** `tfhd`: offsets count from the first byte of the `moof` (8.8.7). */
export const DEFAULT_BASE_IS_MOOF = 0x020000;
/** `trun`: data offset, and per sample duration, size, flags (8.8.8). */
export const TRUN_FLAGS = 0x000001 | 0x000100 | 0x000200 | 0x000400;

const MFHD_SIZE = 16;
const TFHD_SIZE = 16;
const TFDT_SIZE = 20;
const TRUN_HEAD_SIZE = 20;
const TRUN_SAMPLE_SIZE = 12;

export interface FragmentOptions {
  /** Grows by one with every fragment of the track, from 1. */
  readonly sequenceNumber: number;
  readonly trackId: number;
  /** Decoding time of the first sample in ticks of the track's timescale; any integer below 2^53. */
  readonly baseDecodeTime: number;
  /** At least one. */
  readonly samples: readonly Sample[];
}

/**
 * A CMAF chunk (ISO/IEC 23000-19, 7.3.2.3): `moof` and `mdat` of one track. An HLS part is one or more of these, a
 * segment is its parts one after another. Sample data are copied once, by the engine's own block copy.
 */
export function createFragment(options: FragmentOptions): Uint8Array {
  const { sequenceNumber, trackId, baseDecodeTime, samples } = options;
  assert(samples.length > 0, 'a fragment has at least one sample');
  assert(
    Number.isSafeInteger(baseDecodeTime) && baseDecodeTime >= 0,
    `baseDecodeTime ${baseDecodeTime} is a tick count`,
  );
  const moofSize = moofSizeOf(samples.length);
  let mdatSize = 8;
  for (const sample of samples) mdatSize += sample.data.byteLength;

  const moof = box(
    'moof',
    fullBox('mfhd', 0, 0, u32(sequenceNumber)),
    box(
      'traf',
      fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, u32(trackId)),
      fullBox('tfdt', 1, 0, u64(baseDecodeTime)),
      fullBox('trun', 0, TRUN_FLAGS, u32(samples.length, moofSize + 8), sampleTable(samples)),
    ),
  );
  assert(moof.byteLength === moofSize, `moof takes ${moof.byteLength} bytes, counted on ${moofSize}`);
  return concat(moof, u32(mdatSize), ascii('mdat'), ...samples.map((sample) => sample.data));
}

/** How many bytes of the fragment of these samples hold its head and the first sample whole. */
export function bytesOfFirstSample(samples: readonly Sample[]): number {
  return moofSizeOf(samples.length) + 8 + (samples[0]?.data.byteLength ?? 0);
}

function moofSizeOf(samples: number): number {
  return 8 + MFHD_SIZE + 8 + TFHD_SIZE + TFDT_SIZE + TRUN_HEAD_SIZE + samples * TRUN_SAMPLE_SIZE;
}

/** `[duration, size, flags]` of every sample, 32 bits each. */
function sampleTable(samples: readonly Sample[]): Uint8Array {
  const table = new Uint8Array(samples.length * TRUN_SAMPLE_SIZE);
  const view = new DataView(table.buffer);
  let at = 0;
  for (const sample of samples) {
    view.setUint32(at, sample.duration);
    view.setUint32(at + 4, sample.data.byteLength);
    view.setUint32(at + 8, sample.isSync ? SYNC_SAMPLE_FLAGS : NON_SYNC_SAMPLE_FLAGS);
    at += TRUN_SAMPLE_SIZE;
  }
  return table;
}
