import { languageOfPage } from '../words/first-language.ts';
import { LANGUAGES } from '../words/languages.ts';
import { MISSING_PAGE } from '../words/missing-page.ts';

/**
 * Says in `root`, in the language of the page, that the code which draws it did not come, with a way to load it all again.
 * @param wanted language of the link, as a BCP 47 tag
 */
export function showMissingPage(root: HTMLElement, wanted: string | undefined): void {
  const language = languageOfPage(wanted);
  document.documentElement.lang = language;
  document.documentElement.dir = LANGUAGES[language].direction;
  const { title, help, tryAgain } = MISSING_PAGE[language];
  const again = textElement(
    'button',
    tryAgain,
    'min-h-11 rounded-control bg-accent-fill px-4 font-medium text-on-accent',
  );
  again.addEventListener('click', () => window.location.reload());
  const screen = document.createElement('main');
  screen.className =
    'flex min-h-dvh flex-col items-center justify-center gap-6 bg-page px-6 py-10 text-center text-ink';
  screen.dataset.testid = 'page-missing';
  screen.append(
    textElement('h1', title, 'text-2xl font-semibold text-balance'),
    textElement('p', help, 'max-w-md text-pretty text-ink-soft'),
    again,
  );
  root.replaceChildren(screen);
  again.focus();
}

function textElement(tag: 'h1' | 'p' | 'button', text: string, className: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}
