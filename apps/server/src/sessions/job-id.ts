import { randomBytes } from 'node:crypto';

/** 24 lower-case hex characters, as all ids of the REST API; new for each start. */
export function newJobId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return seconds.padStart(8, '0') + randomBytes(8).toString('hex');
}
