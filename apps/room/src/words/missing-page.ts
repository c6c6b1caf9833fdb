import type { Language } from './languages.ts';

/** What is said where the code that draws the page does not come: small, and within the page in all languages. */
export const MISSING_PAGE: Readonly<
  Record<Language, { readonly title: string; readonly help: string; readonly tryAgain: string }>
> = {
  en: {
    title: 'The room could not be loaded',
    help: 'A part of the page did not arrive. Check your connection, then try again.',
    tryAgain: 'Try again',
  },
  de: {
    title: 'Der Raum ließ sich nicht laden',
    help: 'Ein Teil der Seite ist nicht angekommen. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
    tryAgain: 'Noch einmal versuchen',
  },
  ar: {
    title: 'تعذّر تحميل الغرفة',
    help: 'لم يصل جزء من الصفحة. تحقّق من اتصالك ثم أعد المحاولة.',
    tryAgain: 'إعادة المحاولة',
  },
};
