/** A line of a playlist that says something; empty lines are left out. */
export type Line =
  | { readonly kind: 'tag'; readonly number: number; readonly name: string; readonly value: string }
  | { readonly kind: 'uri'; readonly number: number; readonly text: string }
  | { readonly kind: 'comment'; readonly number: number };

/** Splits a playlist into its lines, numbered from 1 (rfc8216bis, Definition of a Playlist). */
export function* linesOf(text: string): Generator<Line> {
  let number = 0;
  for (const raw of text.split('\n')) {
    number++;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.trim() === '') continue;
    if (!line.startsWith('#')) yield { kind: 'uri', number, text: line.trim() };
    else if (!line.startsWith('#EXT')) yield { kind: 'comment', number };
    else {
      const colon = line.indexOf(':');
      yield colon === -1
        ? { kind: 'tag', number, name: line.slice(1).trimEnd(), value: '' }
        : { kind: 'tag', number, name: line.slice(1, colon), value: line.slice(colon + 1).trimEnd() };
    }
  }
}
