import { writeAmf } from './amf0.ts';

/** Bodies of audio and video messages: those of FLV tags (Adobe FLV 10.1, annex E.4). */

/** AVC, key frame or not (E.4.3.1). */
const AVC_KEYFRAME = 0x17;
const AVC_INTER = 0x27;
/** AAC; rate, size and channels are always written as these, whatever they are (E.4.2.1). */
const AAC = 0xaf;

const SEQUENCE_HEADER = 0;
const CODED = 1;

/** @param avcConfig AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1) */
export function avcHeader(avcConfig: Uint8Array): Uint8Array {
  return body([AVC_KEYFRAME, SEQUENCE_HEADER, 0, 0, 0], avcConfig);
}

/** @param data NAL units with 4-byte lengths, shown when they are decoded */
export function avcBody(data: Uint8Array, isKeyframe: boolean): Uint8Array {
  return body([isKeyframe ? AVC_KEYFRAME : AVC_INTER, CODED, 0, 0, 0], data);
}

/** @param audioSpecificConfig ISO/IEC 14496-3, 1.6.2.1 */
export function aacHeader(audioSpecificConfig: Uint8Array): Uint8Array {
  return body([AAC, SEQUENCE_HEADER], audioSpecificConfig);
}

/** @param data a raw frame */
export function aacBody(data: Uint8Array): Uint8Array {
  return body([AAC, CODED], data);
}

/** What is said of a stream before it begins (E.5); servers show it, and some refuse a stream without it. */
export function streamMetadata(stream: {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly videoBitrateBps: number;
  readonly audioBitrateBps: number;
  readonly sampleRate: number;
  readonly channels: number;
}): Uint8Array {
  return writeAmf('@setDataFrame', 'onMetaData', {
    width: stream.width,
    height: stream.height,
    framerate: stream.frameRate,
    videocodecid: 7,
    videodatarate: stream.videoBitrateBps / 1000,
    audiocodecid: 10,
    audiodatarate: stream.audioBitrateBps / 1000,
    audiosamplerate: stream.sampleRate,
    audiosamplesize: 16,
    stereo: stream.channels === 2,
    encoder: 'Amphi',
  });
}

function body(head: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + data.byteLength);
  bytes.set(head);
  bytes.set(data, head.length);
  return bytes;
}
