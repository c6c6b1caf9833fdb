/**
 * A function as an init script. Loaders that keep function names (esbuild's `keepNames`, as tsx uses it) write calls of a
 * helper into it that a page does not have.
 */
export function inPage(install: (...values: never[]) => void, ...values: readonly unknown[]): string {
  return `{ const __name = (target) => target; (${install.toString()})(...${JSON.stringify(values)}); }`;
}
