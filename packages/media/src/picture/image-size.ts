import { CodedError } from '@amphi/base';
import type { MediaErrorCode } from '../native/media-error.ts';

/** Larger ones are refused before anything is decoded: a file of some kilobytes can hold gigabytes of pixels. */
export const MAX_IMAGE_SIDE = 4096;

/**
 * Size of a PNG or JPEG file, by its header.
 * @throws CodedError `image_unusable`
 */
export function imageSizeOf(bytes: Buffer): { readonly width: number; readonly height: number } {
  const size = pngSize(bytes) ?? jpegSize(bytes);
  if (!size) throw new CodedError<MediaErrorCode>('image_unusable', 'an image is neither PNG nor JPEG');
  const { width, height } = size;
  if (width < 1 || height < 1 || width > MAX_IMAGE_SIDE || height > MAX_IMAGE_SIDE) {
    throw new CodedError<MediaErrorCode>(
      'image_unusable',
      `an image has ${width}×${height} pixels, allowed are ${MAX_IMAGE_SIDE} a side`,
    );
  }
  return size;
}

/** PNG (ISO 15948) 5.2 and 11.2.2: the signature, then IHDR. */
function pngSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47 || bytes.readUInt32BE(4) !== 0x0d0a1a0a)
    return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** ITU-T T.81 B.2.2: the frame header, SOF0 to SOF15 without DHT, JPG and DAC, after segments that tell their length. */
function jpegSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
