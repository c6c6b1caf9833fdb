import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/**
 * Which scripts stand within a page, as sources of a Content-Security-Policy (CSP 3, 2.3.1): that page may run these, and no
 * other text. Read anew when the file has changed.
 * @param path of the page
 * @returns to be asked each time; none while there is no such file
 */
export function inlineScriptsOf(path: string): () => readonly string[] {
  let [changedAt, sources]: [number, readonly string[]] = [Number.NaN, []];
  return () => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return [];
    if (stat.mtimeMs !== changedAt) {
      const scripts = readFileSync(path, 'utf8').matchAll(/<script>(.*?)<\/script>/gs);
      sources = [...scripts].map(([, text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`);
      changedAt = stat.mtimeMs;
    }
    return sources;
  };
}
