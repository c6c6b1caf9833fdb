import { type Catalogue, en } from './en.ts';
import { type CountingFormats, type Formats, formatsOf } from './formats.ts';
import { type Language, localeOf } from './languages.ts';

export interface Words extends Catalogue {
  readonly language: Language;
  readonly format: Formats;
}

/** A language as its file gives it. `Form`: the forms that counted things have in it. */
type Speak<Form extends Intl.LDMLPluralRule> = (formats: CountingFormats<Form>) => Catalogue;

/** English comes with the page; the others are fetched by who speaks them. */
const LANGUAGE_FILES: Readonly<Record<Language, () => Promise<Speak<Intl.LDMLPluralRule>>>> = {
  en: async () => en,
  de: async () => (await import('./de.ts')).de,
  ar: async () => (await import('./ar.ts')).ar,
};

/** @throws Error when the file of the language cannot be fetched */
export async function loadWords(language: Language, browser: readonly string[]): Promise<Words> {
  return spoken(language, await LANGUAGE_FILES[language](), browser);
}

export function englishWords(browser: readonly string[]): Words {
  return spoken('en', en, browser);
}

function spoken(language: Language, speak: Speak<Intl.LDMLPluralRule>, browser: readonly string[]): Words {
  const format = formatsOf<Intl.LDMLPluralRule>(localeOf(language, browser));
  return { ...speak(format), language, format };
}
