/** A piece of a message: words, or a web address that can be opened. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly url: string };

const ADDRESS = /https?:\/\/[^\s<>"]+/giu;
/** Punctuation at the end belongs to the sentence, not to the address. */
const TRAILING: ReadonlySet<string | undefined> = new Set(".,;:!?'’”)]}");

/** Splits a message into words and web addresses; only `http` and `https` become links. */
export function textParts(message: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of message.matchAll(ADDRESS)) {
    const address = trimAddress(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push({ kind: 'text', text: message.slice(end, match.index) });
    parts.push({ kind: 'link', text: address, url: address });
    end = match.index + address.length;
  }
  if (end < message.length) parts.push({ kind: 'text', text: message.slice(end) });
  return parts;
}

function trimAddress(address: string): string {
  let end = address.length;
  while (TRAILING.has(address[end - 1])) end--;
  // A closing bracket stays when the address itself opened one.
  const isOpen = address[end] === ')' && address.slice(0, end).includes('(');
  return address.slice(0, end + (isOpen ? 1 : 0));
}
