/** Where `@amphi/ui` keeps it: that comes too late, or not at all, where this is asked. */
const KEY = 'amphi.theme';

/** Light or dark, as the person chose it in this browser; undefined: as the system, or the browser keeps nothing for us. */
export function keptTheme(): 'light' | 'dark' | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : undefined;
  } catch {
    return undefined;
  }
}
