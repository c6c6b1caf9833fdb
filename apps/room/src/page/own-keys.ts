const OWNERS =
  'input, textarea, select, [contenteditable], [role="menu"], [role="log"], [role="tablist"], [role="dialog"]';

/** Whether what has the focus takes keys for itself: where somebody writes, chooses or scrolls, they mean that. */
export function hasOwnKeys(focused: Pick<Element, 'closest'> | null): boolean {
  return Boolean(focused?.closest(OWNERS));
}
