/** H.264 byte streams as encoders write them (ITU-T H.264, Annex B), and the samples a file holds. */

/** NAL unit types the packager tells apart (H.264, table 7-1). */
export const NAL_TYPE = { idr: 5, sps: 7, pps: 8, accessUnitDelimiter: 9 } as const;

export const nalTypeOf = (nalUnit: Uint8Array): number => (nalUnit[0] ?? 0) & 0x1f;

/**
 * The NAL units of a byte stream, without start codes and trailing zeros; views into `stream`, nothing is copied.
 * Start codes are found by the engine's own byte search, since a loop over bytes in JavaScript costs more than
 * everything else a packager does.
 */
export function splitAnnexB(stream: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let begin = -1;
  for (let one = stream.indexOf(1, 2); one !== -1; one = stream.indexOf(1, one + 1)) {
    if (stream[one - 1] !== 0 || stream[one - 2] !== 0) continue;
    if (begin !== -1) pushTrimmed(units, stream, begin, one - 2);
    begin = one + 1;
  }
  if (begin !== -1) pushTrimmed(units, stream, begin, stream.length);
  return units;
}

function pushTrimmed(units: Uint8Array[], stream: Uint8Array, begin: number, end: number): void {
  let last = end;
  while (last > begin && stream[last - 1] === 0) last--;
  if (last > begin) units.push(stream.subarray(begin, last));
}

/**
 * One access unit as the data of a `Sample`: 4-byte lengths instead of start codes; parameter sets and access unit
 * delimiters left out, since `avcC` carries the former and CMAF wants neither (ISO/IEC 23000-19, 9.4).
 */
export function sampleFromAnnexB(accessUnit: Uint8Array): { readonly data: Uint8Array; readonly isSync: boolean } {
  const kept = splitAnnexB(accessUnit).filter((unit) => {
    const type = nalTypeOf(unit);
    return type !== NAL_TYPE.sps && type !== NAL_TYPE.pps && type !== NAL_TYPE.accessUnitDelimiter;
  });
  const data = new Uint8Array(kept.reduce((size, unit) => size + 4 + unit.length, 0));
  const view = new DataView(data.buffer);
  let at = 0;
  for (const unit of kept) {
    view.setUint32(at, unit.length);
    data.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return { data, isSync: kept.some((unit) => nalTypeOf(unit) === NAL_TYPE.idr) };
}
