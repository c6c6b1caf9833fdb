import { randomBytes } from 'node:crypto';

const MAX_COUNTER = 0x1_00_00_00;
const processPart = randomBytes(5).toString('hex');
let counter = randomBytes(3).readUIntBE(0, 3) >> 1;

/**
 * A new id of 24 lower-case hex characters: 4 bytes of seconds, 5 of this process, 3 of a counter. Ids made by one
 * process sort by their creation, which is what cursor lists rely on.
 */
export function newObjectId(nowMs: number = Date.now()): string {
  counter = (counter + 1) % MAX_COUNTER;
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0');
  return `${seconds}${processPart}${counter.toString(16).padStart(6, '0')}`;
}
