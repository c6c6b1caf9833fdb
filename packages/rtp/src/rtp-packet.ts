import { viewOf } from './bytes.ts';

/** Payload of an RTP header extension element (RFC 8285), by its local identifier. */
export interface HeaderExtension {
  readonly id: number;
  readonly data: Uint8Array;
}

/** An RTP packet (RFC 3550, 5.1). Arrays are views into the datagram when parsed. */
export interface RtpPacket {
  readonly payloadType: number;
  /** Bit M: for video the last packet of a frame. */
  readonly marker: boolean;
  /** 16 bits, wraps. */
  readonly sequenceNumber: number;
  /** 32 bits, wraps; ticks of the payload's clock rate. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly extensions: readonly HeaderExtension[];
  /** Without padding; empty for packets that are padding only. */
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 12;
const NO_EXTENSIONS: readonly HeaderExtension[] = [];

/**
 * Whether a datagram of a multiplexed socket is RTCP: payload types 192 to 223 of the second byte (RFC 5761, 4).
 * False for what is too short to be either.
 */
export function isRtcp(datagram: Uint8Array): boolean {
  const second = datagram[1];
  return datagram.length >= 8 && second !== undefined && second >= 192 && second <= 223;
}

/** @returns undefined for anything that is not a well-formed RTP version 2 packet; never throws */
export function parseRtpPacket(datagram: Uint8Array): RtpPacket | undefined {
  if (datagram.length < HEADER_BYTES) return undefined;
  const view = viewOf(datagram);
  const first = view.getUint8(0);
  if (first >> 6 !== 2) return undefined;
  const second = view.getUint8(1);
  let offset = HEADER_BYTES + (first & 0x0f) * 4;
  let extensions = NO_EXTENSIONS;
  if (first & 0x10) {
    if (offset + 4 > datagram.length) return undefined;
    const end = offset + 4 + view.getUint16(offset + 2) * 4;
    if (end > datagram.length) return undefined;
    extensions = parseExtensions(view.getUint16(offset), datagram.subarray(offset + 4, end));
    offset = end;
  }
  if (offset > datagram.length) return undefined;
  let end = datagram.length;
  if (first & 0x20) {
    const padding = view.getUint8(end - 1);
    if (padding === 0 || offset + padding > end) return undefined;
    end -= padding;
  }
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequenceNumber: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    extensions,
    payload: datagram.subarray(offset, end),
  };
}

/** Writes a packet; header extensions go out in the one-byte form (ids 1 to 14, 1 to 16 bytes each; RFC 8285, 4.2). */
export function serializeRtpPacket(packet: RtpPacket): Uint8Array {
  const extension = serializeExtensions(packet.extensions);
  const bytes = new Uint8Array(HEADER_BYTES + extension.length + packet.payload.length);
  const view = viewOf(bytes);
  view.setUint8(0, 0x80 | (extension.length > 0 ? 0x10 : 0));
  view.setUint8(1, (packet.marker ? 0x80 : 0) | (packet.payloadType & 0x7f));
  view.setUint16(2, packet.sequenceNumber & 0xffff);
  view.setUint32(4, packet.timestamp >>> 0);
  view.setUint32(8, packet.ssrc >>> 0);
  bytes.set(extension, HEADER_BYTES);
  bytes.set(packet.payload, HEADER_BYTES + extension.length);
  return bytes;
}

function parseExtensions(profile: number, body: Uint8Array): HeaderExtension[] {
  const twoByte = (profile & 0xfff0) === 0x1000;
  if (!twoByte && profile !== 0xbede) return [];
  const found: HeaderExtension[] = [];
  let offset = 0;
  while (offset < body.length) {
    const head = body[offset] as number;
    if (head === 0) {
      offset += 1;
      continue;
    }
    const id = twoByte ? head : head >> 4;
    // RFC 8285, 4.2: id 15 of the one-byte form ends the processing.
    if (!twoByte && id === 15) break;
    const length = twoByte ? body[offset + 1] : (head & 0x0f) + 1;
    const start = offset + (twoByte ? 2 : 1);
    if (length === undefined || start + length > body.length) break;
    found.push({ id, data: body.subarray(start, start + length) });
    offset = start + length;
  }
  return found;
}

function serializeExtensions(extensions: readonly HeaderExtension[]): Uint8Array {
  if (extensions.length === 0) return new Uint8Array(0);
  let size = 0;
  for (const { id, data } of extensions) {
    if (id < 1 || id > 14 || data.length < 1 || data.length > 16) {
      throw new RangeError(
        `header extension id ${id} with ${data.length} bytes; allowed are ids 1..14 with 1..16 bytes`,
      );
    }
    size += 1 + data.length;
  }
  const words = Math.ceil(size / 4);
  const bytes = new Uint8Array(4 + words * 4);
  const view = viewOf(bytes);
  view.setUint16(0, 0xbede);
  view.setUint16(2, words);
  let offset = 4;
  for (const { id, data } of extensions) {
    bytes[offset] = (id << 4) | (data.length - 1);
    bytes.set(data, offset + 1);
    offset += 1 + data.length;
  }
  return bytes;
}
