import { PAGE_MISSING } from './page-missing.ts';
import { showMissingPage } from './show-missing-page.ts';

// Stands within the page itself, before all other code of ours, so that somebody is there to say that this does not come: a
// module, or one that it needs, which is not there, was blocked or found no network.

function whenParsed(run: () => void): void {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', run, { once: true });
  else run();
}

const show = (): void => whenParsed(() => showMissingPage(window));

// An error of an element does not bubble.
window.addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLScriptElement && target.type === 'module') show();
  },
  { capture: true },
);
window.addEventListener(PAGE_MISSING, show);
