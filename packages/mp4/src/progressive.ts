import { ascii, box, concat, u32, u64 } from './boxes.ts';
import { createMovie } from './init-segment.ts';
import type { SampleLog } from './sample-index.ts';
import type { Track } from './track.ts';

/**
 * What to put before media to make a file of them that is played from the first byte on and knows its length: `ftyp`,
 * `moov`, and the head of an `mdat` that holds all of the media. A fragmented file serves as media as it is: what is in it
 * beside the samples is never looked at (ISO/IEC 14496-12, 8.1.1).
 * @param tracks with logs whose offsets count from the first byte of the media; tracks without samples are left out
 * @param mediaBytes how long the media are
 */
export function createProgressiveHead(
  tracks: readonly { readonly track: Track; readonly log: SampleLog }[],
  mediaBytes: number,
): Uint8Array {
  const filled = tracks.filter(({ log }) => !log.isEmpty);
  const movieAt = (shift: number): Uint8Array =>
    createMovie(filled.map(({ track, log }) => ({ track, index: log.index(shift) })));
  const type = box('ftyp', ascii('isom'), u32(0x200), ascii('isom'), ascii('iso2'), ascii('avc1'), ascii('mp41'));
  // The size of the tables does not depend on the offsets in them.
  const shift = type.byteLength + movieAt(0).byteLength + 16;
  return concat(type, movieAt(shift), u32(1), ascii('mdat'), u64(mediaBytes + 16));
}
