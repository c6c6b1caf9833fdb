import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('corpus/', import.meta.url);

/** Names of all recorded offers. */
export const corpusNames: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.sdp'))
  .map((file) => file.slice(0, -'.sdp'.length));

/** An offer as a browser wrote it (Chromium: recorded by `capture-offers.ts`; others: by hand, in their shape). */
export function corpusOffer(name: string): string {
  return readFileSync(new URL(`${name}.sdp`, FOLDER), 'utf8');
}
