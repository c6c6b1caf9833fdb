import { Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';
import { AnnouncerProvider } from './announcer.tsx';
import { ToasterProvider } from './toast.tsx';

/** What the components need once per page: tooltips' timing, the live region, the toasts. */
export function UiProvider({ children }: { children: ReactNode }) {
  return (
    <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
      <AnnouncerProvider>
        <ToasterProvider>{children}</ToasterProvider>
      </AnnouncerProvider>
    </Tooltip.Provider>
  );
}
