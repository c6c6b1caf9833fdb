import { viewOf } from '../bytes.ts';
import type { GenericNack } from './types.ts';

/** RFC 4585, 6.2.1: each item names a packet (PID) and a mask of the 16 after it (BLP). */
export function parseGenericNack(element: Uint8Array): GenericNack | undefined {
  if (element.length < 12) return undefined;
  const view = viewOf(element);
  const sequenceNumbers: number[] = [];
  for (let at = 12; at + 4 <= element.length; at += 4) {
    const first = view.getUint16(at);
    const mask = view.getUint16(at + 2);
    sequenceNumbers.push(first);
    for (let bit = 0; bit < 16; bit++) {
      if (mask & (1 << bit)) sequenceNumbers.push((first + bit + 1) & 0xffff);
    }
  }
  return { type: 'nack', senderSsrc: view.getUint32(4), mediaSsrc: view.getUint32(8), sequenceNumbers };
}

/** @param nack sequence numbers in rising order (across the wrap, too), so that neighbours share an item */
export function serializeGenericNack(nack: Omit<GenericNack, 'type'>): Uint8Array {
  const items: { first: number; mask: number }[] = [];
  for (const sequenceNumber of nack.sequenceNumbers) {
    const last = items.at(-1);
    const distance = last ? (sequenceNumber - last.first) & 0xffff : 0;
    if (last && distance >= 1 && distance <= 16) last.mask |= 1 << (distance - 1);
    else items.push({ first: sequenceNumber & 0xffff, mask: 0 });
  }
  const bytes = new Uint8Array(12 + items.length * 4);
  const view = viewOf(bytes);
  view.setUint8(0, 0x81);
  view.setUint8(1, 205);
  view.setUint16(2, bytes.length / 4 - 1);
  view.setUint32(4, nack.senderSsrc);
  view.setUint32(8, nack.mediaSsrc);
  for (const [i, item] of items.entries()) {
    view.setUint16(12 + i * 4, item.first);
    view.setUint16(14 + i * 4, item.mask);
  }
  return bytes;
}
