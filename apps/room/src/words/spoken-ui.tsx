import { UiProvider } from '@amphi/ui';
import type { ReactNode } from 'react';
import { LANGUAGES } from './languages.ts';
import { useWords } from './speaking.tsx';

/** What the components need, in the language of the page. */
export function SpokenUi({ children }: { readonly children: ReactNode }) {
  const { ui, language } = useWords();
  return (
    <UiProvider toasts="top" words={ui} direction={LANGUAGES[language].direction}>
      {children}
    </UiProvider>
  );
}
