import { Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';
import { AnnouncerProvider } from './announcer.tsx';
import { ToasterProvider, type ToastPlacement } from './toast.tsx';

/** What the components need once per page: tooltips' timing, the live region, the toasts. */
export function UiProvider({ toasts = 'bottom', children }: { toasts?: ToastPlacement; children: ReactNode }) {
  return (
    <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
      <AnnouncerProvider>
        <ToasterProvider placement={toasts}>{children}</ToasterProvider>
      </AnnouncerProvider>
    </Tooltip.Provider>
  );
}
