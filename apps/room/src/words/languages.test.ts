import { describe, expect, it } from 'vitest';
import { chooseLanguage, languageOf, localeOf } from './languages.ts';

const wish = (link?: string, kept?: string, ...browser: string[]) => ({ link, kept, browser });

describe('the language of the page', () => {
  it.each([
    [wish('ar', 'de', 'en-US'), 'ar'],
    [wish('de-AT'), 'de'],
    [wish('AR_EG'), 'ar'],
    [wish(undefined, 'de', 'ar'), 'de'],
    [wish(undefined, undefined, 'fr-FR', 'de-CH', 'en'), 'de'],
    // One that is not ours is as none.
    [wish('tlh', 'xx', 'ar-MA'), 'ar'],
    [wish('constructor', '', 'fr'), 'en'],
    [wish(), 'en'],
  ])('WRD3: of %j is %s', (wishes, language) => {
    expect(chooseLanguage(wishes)).toBe(language);
  });

  it('WRD4: is written as in the region of the browser, where that speaks it', () => {
    expect(localeOf('de', ['en-US', 'de-CH', 'de'])).toBe('de-CH');
    expect(localeOf('ar', ['en-US'])).toBe('ar');
    expect(localeOf('en', ['en_x_!!', 'en-GB'])).toBe('en-GB');
    expect(languageOf(undefined)).toBeUndefined();
  });
});
