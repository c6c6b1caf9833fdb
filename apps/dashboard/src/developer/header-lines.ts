/** Headers of a webhook as people write them: a line each, `Name: value`. */

export function linesOf(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

/** @returns the headers, or the first line that is none */
export function readLines(text: string): { readonly headers: Record<string, string> } | { readonly wrong: string } {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim();
    if (colon <= 0 || name === '') return { wrong: line.trim() };
    headers[name] = line.slice(colon + 1).trim();
  }
  return { headers };
}
