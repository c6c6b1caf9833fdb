import { viewOf } from '../bytes.ts';
import type { KeyframeRequest } from './types.ts';

/** @param format 1: picture loss indication (RFC 4585, 6.3.1); 4: full intra request (RFC 5104, 4.3.1; first entry) */
export function parsePayloadFeedback(format: 1 | 4, element: Uint8Array): KeyframeRequest | undefined {
  if (element.length < (format === 4 ? 20 : 12)) return undefined;
  const view = viewOf(element);
  return {
    type: format === 4 ? 'fir' : 'pli',
    senderSsrc: view.getUint32(4),
    mediaSsrc: view.getUint32(format === 4 ? 12 : 8),
  };
}

/** Asks the sender of `mediaSsrc` for a keyframe (RFC 4585, 6.3.1). */
export function serializePictureLossIndication(request: { senderSsrc: number; mediaSsrc: number }): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = viewOf(bytes);
  view.setUint8(0, 0x81);
  view.setUint8(1, 206);
  view.setUint16(2, 2);
  view.setUint32(4, request.senderSsrc);
  view.setUint32(8, request.mediaSsrc);
  return bytes;
}
