import { Direction, Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';
import { AnnouncerProvider } from './announcer.tsx';
import { ToasterProvider, type ToastPlacement } from './toast.tsx';
import { UI_WORDS, type UiWords, UiWordsContext } from './words.ts';

export interface UiProviderProps {
  toasts?: ToastPlacement;
  /** Of the language that the page speaks; English by default. */
  words?: UiWords;
  /** In which that language is written: menus, arrow keys and sliders follow. The document's `dir` is the page's to set. */
  direction?: 'ltr' | 'rtl';
  children: ReactNode;
}

/** What the components need once per page: their words, tooltips' timing, the live region, the toasts. */
export function UiProvider({ toasts = 'bottom', words = UI_WORDS, direction = 'ltr', children }: UiProviderProps) {
  return (
    <UiWordsContext value={words}>
      <Direction.Provider dir={direction}>
        <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
          <AnnouncerProvider>
            <ToasterProvider placement={toasts}>{children}</ToasterProvider>
          </AnnouncerProvider>
        </Tooltip.Provider>
      </Direction.Provider>
    </UiWordsContext>
  );
}
