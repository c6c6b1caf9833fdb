import { useCallback, useLayoutEffect, useRef } from 'react';

/**
 * For dialogs that no trigger of their own opens: whatever had the focus has it again once the dialog is gone (Dialog
 * pattern of the ARIA Authoring Practices Guide). For an item of a menu, which is gone by then, that is the menu's button.
 * @returns what the dialog calls as it gives the focus away
 */
export function useFocusReturn(open: boolean): (event: Event) => void {
  const opener = useRef<HTMLElement>(undefined);
  // Before the dialog takes the focus, which it does once it is laid out.
  useLayoutEffect(() => {
    if (open) opener.current = openerOf(document.activeElement);
  }, [open]);
  return useCallback((event) => {
    event.preventDefault();
    if (opener.current?.isConnected) opener.current.focus({ preventScroll: true });
  }, []);
}

function openerOf(active: Element | null): HTMLElement | undefined {
  const buttonId = active?.closest('[role=menu]')?.getAttribute('aria-labelledby');
  const opener = buttonId ? document.getElementById(buttonId) : active;
  return opener instanceof HTMLElement && opener !== document.body ? opener : undefined;
}
