import { useSyncExternalStore } from 'react';

export type ThemeChoice = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'amphi.theme';
const changed = new EventTarget();

/** What the page's address asks for, until the person chooses. */
let asked: ThemeChoice | undefined;

/** For whom has neither chosen nor asked. */
let suggested: ThemeChoice | undefined;

/**
 * Applies the stored choice to the document; call before the first render, so that nothing flashes.
 * @param instead another choice for this page, which is not kept
 */
export function applyStoredTheme(instead?: ThemeChoice): void {
  asked = instead;
  apply(readTheme());
}

/** How the page is while neither the person nor its address says so; undefined: as the system. */
export function suggestTheme(choice: ThemeChoice | undefined): void {
  suggested = choice;
  apply(readTheme());
  changed.dispatchEvent(new Event('change'));
}

/** The person's choice and a way to change it; kept in this browser, shared by all open tabs. */
export function useTheme(): readonly [ThemeChoice, (choice: ThemeChoice) => void] {
  return [useSyncExternalStore(subscribe, readTheme, () => 'system'), chooseTheme];
}

function chooseTheme(choice: ThemeChoice): void {
  asked = undefined;
  try {
    localStorage.setItem(STORAGE_KEY, choice);
  } catch {
    // Storage is switched off: the choice then lasts as long as the page.
  }
  apply(choice);
  changed.dispatchEvent(new Event('change'));
}

function readTheme(): ThemeChoice {
  if (asked !== undefined) return asked;
  const applied = document.documentElement.dataset.theme;
  try {
    return parse(localStorage.getItem(STORAGE_KEY) ?? suggested ?? applied);
  } catch {
    return parse(suggested ?? applied);
  }
}

function parse(value: string | undefined): ThemeChoice {
  return value === 'light' || value === 'dark' ? value : 'system';
}

function apply(choice: ThemeChoice): void {
  if (choice === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
}

function subscribe(onChange: () => void): () => void {
  const onStorage = (event: StorageEvent) => {
    if (event.key !== STORAGE_KEY) return;
    apply(readTheme());
    onChange();
  };
  changed.addEventListener('change', onChange);
  window.addEventListener('storage', onStorage);
  return () => {
    changed.removeEventListener('change', onChange);
    window.removeEventListener('storage', onStorage);
  };
}
