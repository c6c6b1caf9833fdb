import { RtmpError } from './errors.ts';

/** What an audio or video message of a publisher holds: bodies of FLV tags (Adobe FLV 10.1, annex E.4). */

export type VideoTag =
  /** AVCDecoderConfigurationRecord: what follows is decoded by it. */
  | { readonly kind: 'config'; readonly config: Uint8Array }
  | {
      readonly kind: 'coded';
      readonly isKeyframe: boolean;
      /** Milliseconds from decoding to showing; other than 0 with B-frames. */
      readonly compositionMs: number;
      /** NAL units with their lengths. */
      readonly data: Uint8Array;
    }
  | Unsupported
  /** Nothing to decode: end of a sequence, seeking. */
  | { readonly kind: 'other' };

export type AudioTag =
  /** AudioSpecificConfig. */
  | { readonly kind: 'config'; readonly config: Uint8Array }
  /** A raw frame. */
  | { readonly kind: 'coded'; readonly data: Uint8Array }
  | Unsupported
  | { readonly kind: 'other' };

interface Unsupported {
  readonly kind: 'unsupported';
  /** A name of at most four printable characters, or a number of FLV. */
  readonly codec: string;
}

const AVC = 7;
const AAC = 10;
/** Enhanced RTMP, version 2: `ExVideoTagHeader`, `ExAudioTagHeader`; the codec is named by four characters. */
const EXTENDED_VIDEO = 0x80;
const EXTENDED_AUDIO = 9;
/** Frame types (E.4.3.1). */
const KEYFRAME = 1;
const INFO = 5;

const SEQUENCE_HEADER = 0;
const CODED = 1;

/** Some encoders send an empty one to keep the connection. */
const OTHER = { kind: 'other' } as const;

/** @throws RtmpError `rtmp_malformed` */
export function readVideoTag(body: Uint8Array): VideoTag {
  const [head] = body;
  if (head === undefined) return OTHER;
  if (head & EXTENDED_VIDEO) return { kind: 'unsupported', codec: fourCcIn(body) };
  const codec = head & 0x0f;
  if (head >> 4 === INFO) return OTHER;
  if (codec !== AVC) return { kind: 'unsupported', codec: `${codec}` };
  if (body.byteLength < 5) throw new RtmpError('rtmp_malformed', 'a video message that is cut off');
  const data = body.subarray(5);
  if (body[1] === SEQUENCE_HEADER) return { kind: 'config', config: data };
  if (body[1] !== CODED || data.byteLength === 0) return OTHER;
  // 24 bits with a sign.
  const compositionMs = ((body[2]! << 24) | (body[3]! << 16) | (body[4]! << 8)) >> 8;
  return { kind: 'coded', isKeyframe: head >> 4 === KEYFRAME, compositionMs, data };
}

/** @throws RtmpError `rtmp_malformed` */
export function readAudioTag(body: Uint8Array): AudioTag {
  const [head] = body;
  if (head === undefined) return OTHER;
  const format = head >> 4;
  if (format === EXTENDED_AUDIO) return { kind: 'unsupported', codec: fourCcIn(body) };
  if (format !== AAC) return { kind: 'unsupported', codec: `${format}` };
  if (body.byteLength < 2) throw new RtmpError('rtmp_malformed', 'an audio message that is cut off');
  const data = body.subarray(2);
  if (data.byteLength === 0) return OTHER;
  return body[1] === SEQUENCE_HEADER ? { kind: 'config', config: data } : { kind: 'coded', data };
}

/** What an AVCDecoderConfigurationRecord says (ISO/IEC 14496-15, 5.3.3.1). */
export interface AvcConfig {
  /** `profile_idc` and the constraint flags, as in the sequence parameter set. */
  readonly profile: number;
  readonly constraints: number;
  /** Bytes of the length before each NAL unit. */
  readonly lengthBytes: 1 | 2 | 4;
  /** Sequence, then picture parameter sets. */
  readonly parameterSets: readonly Uint8Array[];
}

/** @throws RtmpError `rtmp_malformed` */
export function splitAvcConfig(config: Uint8Array): AvcConfig {
  const cutOff = (): RtmpError => new RtmpError('rtmp_malformed', 'an AVC configuration that is cut off');
  if (config.byteLength < 7 || config[0] !== 1) throw cutOff();
  const lengthBytes = (config[4]! & 3) + 1;
  if (lengthBytes === 3) throw new RtmpError('rtmp_malformed', 'lengths of 3 bytes, which are reserved');
  const parameterSets: Uint8Array[] = [];
  let at = 5;
  for (const mask of [0x1f, 0xff]) {
    if (at >= config.byteLength) throw cutOff();
    const count = config[at++]! & mask;
    for (let set = 0; set < count; set++) {
      if (at + 2 > config.byteLength) throw cutOff();
      const length = (config[at]! << 8) | config[at + 1]!;
      at += 2;
      if (length === 0 || at + length > config.byteLength) throw cutOff();
      parameterSets.push(config.subarray(at, at + length));
      at += length;
    }
  }
  return { profile: config[1]!, constraints: config[2]!, lengthBytes: lengthBytes as 1 | 2 | 4, parameterSets };
}

/**
 * NAL units with lengths to such with start codes (ITU-T H.264, annex B), behind others.
 * @throws RtmpError `rtmp_malformed`
 */
export function toAnnexB(data: Uint8Array, lengthBytes: 1 | 2 | 4, first: readonly Uint8Array[] = []): Uint8Array {
  const nals = [...first];
  for (let at = 0; at < data.byteLength; ) {
    if (at + lengthBytes > data.byteLength) throw new RtmpError('rtmp_malformed', 'a NAL unit that is cut off');
    let length = 0;
    for (let byte = 0; byte < lengthBytes; byte++) length = length * 256 + data[at++]!;
    if (length > data.byteLength - at) throw new RtmpError('rtmp_malformed', 'a NAL unit that is cut off');
    if (length > 0) nals.push(data.subarray(at, at + length));
    at += length;
  }
  const bytes = new Uint8Array(nals.reduce((sum, nal) => sum + 4 + nal.byteLength, 0));
  let at = 0;
  for (const nal of nals) {
    bytes[at + 3] = 1;
    bytes.set(nal, at + 4);
    at += 4 + nal.byteLength;
  }
  return bytes;
}

/** Behind the first byte; what else could stand there is not repeated to anyone. */
function fourCcIn(body: Uint8Array): string {
  const name = String.fromCharCode(...body.subarray(1, 5));
  return /^[\w.-]{4}$/.test(name) ? name : 'of enhanced RTMP';
}
