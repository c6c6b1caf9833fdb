import { readPreferences } from '../page/preferences.ts';
import { chooseLanguage, type Language } from './languages.ts';

/**
 * The language that this page begins in.
 * @param wanted language of the link, as a BCP 47 tag
 */
export function languageOfPage(wanted: string | undefined): Language {
  return chooseLanguage({ link: wanted, kept: readPreferences().language, browser: navigator.languages });
}
