import type { Box } from './box-reader.ts';

/** Boxes as indented text, one per line, for golden files: type, size, version and flags, fields. */
export function dumpBoxes(boxes: readonly Box[], indent = ''): string {
  return boxes
    .map((box) => {
      const full = box.version === undefined ? '' : ` v${box.version} f${box.flags!.toString(16).padStart(6, '0')}`;
      const fields = Object.entries(box.fields).map(([name, value]) => ` ${name}=${fieldText(value)}`);
      return `${indent}${box.type} ${box.size}${full}${fields.join('')}\n${dumpBoxes(box.children, `${indent}  `)}`;
    })
    .join('');
}

function fieldText(value: Box['fields'][string]): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return value.length > 64 ? `<${value.length} bytes>` : hex(value);
  return `[${value.map(([duration, size, flags]) => `${duration}:${size}:${flags!.toString(16)}`).join(' ')}]`;
}

const hex = (bytes: Uint8Array): string => `<${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}>`;
