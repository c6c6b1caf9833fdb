/** The languages of the room app, each named in itself. */
export const LANGUAGES = {
  en: { name: 'English', direction: 'ltr' },
  de: { name: 'Deutsch', direction: 'ltr' },
  ar: { name: 'العربية', direction: 'rtl' },
} as const;

export type Language = keyof typeof LANGUAGES;

/** In which the words are written first, and which is spoken where none of ours is wanted. */
export const SOURCE: Language = 'en';

/**
 * The language to speak: the one of the link, else the person's choice, else the first of the browser's that is ours. Each
 * is a BCP 47 tag, whose region does not matter.
 */
export function chooseLanguage(wishes: {
  readonly link: string | undefined;
  readonly kept: string | undefined;
  readonly browser: readonly string[];
}): Language {
  const { link, kept, browser } = wishes;
  for (const tag of [link, kept, ...browser]) {
    const language = languageOf(tag);
    if (language !== undefined) return language;
  }
  return SOURCE;
}

/** The language of a tag; undefined where it is none of ours. */
export function languageOf(tag: string | undefined): Language | undefined {
  const primary = tag?.split(/[-_]/, 1)[0]?.toLowerCase();
  return primary !== undefined && Object.hasOwn(LANGUAGES, primary) ? (primary as Language) : undefined;
}

/** How dates and numbers are written: as in the browser's region, where that speaks the language. */
export function localeOf(language: Language, browser: readonly string[]): string {
  return browser.find((tag) => languageOf(tag) === language && isLocale(tag)) ?? language;
}

function isLocale(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    // Not a tag at all.
    return false;
  }
}
