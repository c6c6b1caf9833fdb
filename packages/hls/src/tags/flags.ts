import { flagTag } from '../tag.ts';

/** Every segment can be decoded without another one (rfc8216bis, EXT-X-INDEPENDENT-SEGMENTS). */
export const independentSegmentsTag = flagTag('EXT-X-INDEPENDENT-SEGMENTS');
/** Encoding or time line changes before the next segment (rfc8216bis, EXT-X-DISCONTINUITY). */
export const discontinuityTag = flagTag('EXT-X-DISCONTINUITY');
/** The next segment has no media and is not to be loaded (rfc8216bis, EXT-X-GAP). */
export const gapTag = flagTag('EXT-X-GAP');
/** Each segment is one picture that needs no other, a range of its file (rfc8216bis, EXT-X-I-FRAMES-ONLY). */
export const iFramesOnlyTag = flagTag('EXT-X-I-FRAMES-ONLY');
/** No more segments will come (rfc8216bis, EXT-X-ENDLIST). */
export const endListTag = flagTag('EXT-X-ENDLIST');
