import { eventMessage } from '@amphi/client/embed';
import { keptTheme } from '../page/kept-theme.ts';
import { readPageOptions } from '../page/read-page-options.ts';
import { languageOfPage } from '../words/first-language.ts';
import { LANGUAGES } from '../words/languages.ts';
import { MISSING_PAGE } from '../words/missing-page.ts';

/** The style sheet may be missing, too; colours are those of `@amphi/ui/theme.css`. */
const STYLE = `
.amphi-missing{position:fixed;inset:0;overflow:auto;display:flex;flex-direction:column;align-items:center;justify-content:center;
gap:1.5rem;padding:2.5rem 1.5rem;text-align:center;font:1rem/1.5 "Inter Variable",system-ui,sans-serif;
background:#f3f4f0;background:light-dark(#f3f4f0,#0f1412);color:#18211d;color:light-dark(#18211d,#ebeee8)}
.amphi-missing h1{margin:0;font-size:1.5rem;font-weight:600;text-wrap:balance}
.amphi-missing p{margin:0;max-width:28rem}
.amphi-missing button{min-height:2.75rem;padding:0 1rem;border:0;border-radius:.5rem;font:inherit;font-weight:500;cursor:pointer;
background:#0d5c54;color:#fff}`;

/**
 * Says, in the language and the colours of the page, that the code which draws it did not come, with a way to load it all again;
 * and tells the page around, if this one is in a frame of it. Needs nothing but the page as it was sent.
 */
export function showMissingPage({ location, parent }: Window): void {
  const root = document.getElementById('root');
  // It may be told of several files.
  if (!root || root.querySelector('.amphi-missing')) return;
  const { language: wanted, theme = keptTheme(), parentOrigin } = readPageOptions(location.href);
  const language = languageOfPage(wanted);
  const page = document.documentElement;
  page.lang = language;
  page.dir = LANGUAGES[language].direction;
  page.style.colorScheme = theme === 'light' || theme === 'dark' ? theme : 'light dark';
  const { title, help, tryAgain } = MISSING_PAGE[language];
  const again = textElement('button', tryAgain);
  again.addEventListener('click', () => location.reload());
  const screen = document.createElement('main');
  screen.className = 'amphi-missing';
  screen.dataset.testid = 'page-missing';
  screen.append(textElement('style', STYLE), textElement('h1', title), textElement('p', help), again);
  root.replaceChildren(screen);
  again.focus();
  if (parent === window || parentOrigin === undefined) return;
  const detail = { code: 'page_missing', message: 'code of the page did not arrive' };
  parent.postMessage(eventMessage({ name: 'error', detail }), parentOrigin);
}

function textElement(tag: 'style' | 'h1' | 'p' | 'button', text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
