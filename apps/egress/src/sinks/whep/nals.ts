/** NAL units of a picture in which each has 4 bytes of length before it (ISO/IEC 14496-15, 5.3.2), as views. */
export function lengthPrefixedNals(data: Uint8Array): Uint8Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const nals: Uint8Array[] = [];
  for (let offset = 0; offset + 4 <= data.length; ) {
    const length = view.getUint32(offset);
    offset += 4;
    nals.push(data.subarray(offset, offset + length));
    offset += length;
  }
  return nals;
}

/** Sequence and picture parameter sets of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1), as views. */
export function parameterSets(avcConfig: Uint8Array): Uint8Array[] {
  const view = new DataView(avcConfig.buffer, avcConfig.byteOffset, avcConfig.byteLength);
  const sets: Uint8Array[] = [];
  let offset = 5;
  const take = (count: number): void => {
    for (let taken = 0; taken < count; taken++) {
      const length = view.getUint16(offset);
      sets.push(avcConfig.subarray(offset + 2, offset + 2 + length));
      offset += 2 + length;
    }
  };
  take(view.getUint8(offset++) & 0x1f);
  take(view.getUint8(offset++));
  return sets;
}
