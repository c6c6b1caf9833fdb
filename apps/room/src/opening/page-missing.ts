/** Tells what stands within the page that the code which draws it did not come. */
export const PAGE_MISSING = 'amphi-page-missing';

export function tellPageMissing(): void {
  window.dispatchEvent(new Event(PAGE_MISSING));
}
