import { concatBytes, viewOf } from './bytes.ts';
import { type Depacketizer, type EncodedVideoFrame, MAX_FRAME_BYTES } from './encoded-frame.ts';
import { h264PictureSize, type PictureSize } from './picture-size.ts';
import type { RtpPacket } from './rtp-packet.ts';

/** Types of NAL units (ITU-T H.264, table 7-1) that the code asks for by name. */
export const NAL = { slice: 1, idr: 5, sei: 6, sps: 7, pps: 8, accessUnitDelimiter: 9, filler: 12 } as const;

const STAP_A = 24;
const FU_A = 28;
const START_CODE = Uint8Array.of(0, 0, 0, 1);

export function nalType(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 0x1f;
}

/**
 * NAL units of an Annex B byte stream, as views without start codes and trailing zeros. Cheap for large input: looks
 * for the 1 of the start code with the engine's own search.
 */
export function splitAnnexB(stream: Uint8Array): Uint8Array[] {
  const nals: Uint8Array[] = [];
  let start = -1;
  const close = (end: number): void => {
    if (start < 0) return;
    let last = end;
    while (last > start && stream[last - 1] === 0) last--;
    if (last > start) nals.push(stream.subarray(start, last));
  };
  for (let one = stream.indexOf(1, 2); one >= 0; one = stream.indexOf(1, one + 1)) {
    if (stream[one - 1] !== 0 || stream[one - 2] !== 0) continue;
    close(one - 2);
    start = one + 1;
  }
  close(stream.length);
  return nals;
}

/** RFC 6184, packetization modes 0 and 1: single NAL unit, STAP-A, FU-A. Frames come out as Annex B. */
export class H264Depacketizer implements Depacketizer {
  #parts: Uint8Array[] = [];
  #size = 0;
  #timestamp: number | undefined;
  #isKeyframe = false;
  #hasParameters = false;
  #isBroken = true;
  #inFragment = false;
  #isAfterGap = false;

  push(packet: RtpPacket): EncodedVideoFrame | undefined {
    if (packet.payload.length === 0) return undefined;
    if (packet.timestamp !== this.#timestamp) this.#begin(packet);
    if (!this.#isBroken) this.#isBroken = !this.#take(packet.payload) || this.#size > MAX_FRAME_BYTES;
    if (!packet.marker) return undefined;
    const complete = !this.#isBroken && !this.#inFragment && this.#parts.length > 0;
    const parts = this.#parts;
    this.#parts = [];
    // Whatever follows the marker with the same timestamp belongs to nothing.
    this.#isBroken = true;
    if (!complete) return undefined;
    const data = concatBytes(parts);
    return {
      data,
      timestamp: packet.timestamp,
      isKeyframe: this.#isKeyframe,
      pictureSize: this.#hasParameters ? largestPicture(data) : undefined,
    };
  }

  handleGap(): void {
    this.#isBroken = true;
    this.#isAfterGap = true;
    this.#parts = [];
  }

  #begin(packet: RtpPacket): void {
    this.#timestamp = packet.timestamp;
    this.#parts = [];
    this.#size = 0;
    this.#isKeyframe = false;
    this.#hasParameters = false;
    this.#isBroken = this.#isAfterGap && !startsPicture(packet.payload);
    this.#isAfterGap = false;
    this.#inFragment = false;
  }

  /** @returns false when the payload makes no sense here */
  #take(payload: Uint8Array): boolean {
    const type = nalType(payload);
    if (type === STAP_A) return this.#takeAggregate(payload);
    if (type === FU_A) return this.#takeFragment(payload);
    if (type === 0 || type > 23 || this.#inFragment) return false;
    this.#append(payload);
    return true;
  }

  /** RFC 6184, 5.7.1: two bytes of size before every NAL unit. */
  #takeAggregate(payload: Uint8Array): boolean {
    const view = viewOf(payload);
    let offset = 1;
    while (offset + 2 < payload.length) {
      const size = view.getUint16(offset);
      offset += 2;
      if (size === 0 || offset + size > payload.length) return false;
      this.#append(payload.subarray(offset, offset + size));
      offset += size;
    }
    return offset > 1;
  }

  /** RFC 6184, 5.8: FU indicator (F, NRI), FU header (S, E, type), then a piece of the NAL unit. */
  #takeFragment(payload: Uint8Array): boolean {
    const header = payload[1];
    if (header === undefined || payload.length < 3) return false;
    const isStart = (header & 0x80) !== 0;
    if (isStart === this.#inFragment) return false;
    if (isStart) this.#append(Uint8Array.of(((payload[0] as number) & 0xe0) | (header & 0x1f)));
    this.#parts.push(payload.subarray(2));
    this.#size += payload.length - 2;
    this.#inFragment = (header & 0x40) === 0;
    return true;
  }

  #append(nal: Uint8Array): void {
    if (nalType(nal) === NAL.idr) this.#isKeyframe = true;
    else if (nalType(nal) === NAL.sps) this.#hasParameters = true;
    this.#parts.push(START_CODE, nal);
    this.#size += nal.length + 4;
  }
}

/** Of all sequence parameter sets in an access unit the one with the largest pictures: any of them may be used. */
function largestPicture(accessUnit: Uint8Array): PictureSize | undefined {
  const sizes = splitAnnexB(accessUnit).flatMap((nal) =>
    nalType(nal) === NAL.sps ? (h264PictureSize(nal) ?? []) : [],
  );
  return sizes.sort((a, b) => b.width * b.height - a.width * a.height)[0];
}

/**
 * H.264 packets do not say that they start a frame. Sure signs are parameter sets, a delimiter, or a slice whose
 * first_mb_in_slice is 0: as ue(v) that is a single 1 bit after the NAL header (ITU-T H.264, 7.3.3).
 */
function startsPicture(payload: Uint8Array): boolean {
  const type = nalType(payload);
  if (type === STAP_A) return startsPicture(payload.subarray(3));
  const isFragment = type === FU_A;
  if (isFragment && ((payload[1] ?? 0) & 0x80) === 0) return false;
  const inner = isFragment ? (payload[1] as number) & 0x1f : type;
  if (inner >= NAL.sei && inner <= NAL.accessUnitDelimiter) return true;
  return (inner === NAL.slice || inner === NAL.idr) && ((payload[isFragment ? 2 : 1] ?? 0) & 0x80) !== 0;
}

/** RTP payloads of one access unit in Annex B, in order; the last one is to carry the marker (RFC 6184, mode 1). */
export function packetizeH264(accessUnit: Uint8Array, maxPayloadBytes = MAX_PAYLOAD_BYTES): Uint8Array[] {
  return packetizeNals(splitAnnexB(accessUnit), maxPayloadBytes);
}

/** Fits into what a tunnel leaves of 1500 bytes, with header extensions and SRTP. */
const MAX_PAYLOAD_BYTES = 1150;

/** As `packetizeH264`, of NAL units without start codes or lengths. */
export function packetizeNals(nals: readonly Uint8Array[], maxPayloadBytes = MAX_PAYLOAD_BYTES): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (const nal of nals) {
    if (nal.length <= maxPayloadBytes) {
      payloads.push(nal.slice());
      continue;
    }
    const header = nal[0] as number;
    const room = maxPayloadBytes - 2;
    for (let offset = 1; offset < nal.length; offset += room) {
      const piece = nal.subarray(offset, offset + room);
      const payload = new Uint8Array(2 + piece.length);
      payload[0] = (header & 0xe0) | FU_A;
      payload[1] = (offset === 1 ? 0x80 : 0) | (offset + piece.length === nal.length ? 0x40 : 0) | (header & 0x1f);
      payload.set(piece, 2);
      payloads.push(payload);
    }
  }
  return payloads;
}
