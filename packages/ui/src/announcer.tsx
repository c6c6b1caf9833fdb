import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

type Announce = (message: string) => void;

const AnnounceContext = createContext<Announce>(() => {});

/** Owns the polite live region of the page (WCAG 2.2, 4.1.3). Part of `UiProvider`. */
export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ message: '', count: 0 });
  const announce = useCallback<Announce>((message) => setSaid(({ count }) => ({ message, count: count + 1 })), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div role="status" aria-live="polite" className="sr-only" data-testid="announcer">
        {/* A new element each time, so that the same words twice are said twice. */}
        <span key={said.count}>{said.message}</span>
      </div>
    </AnnounceContext>
  );
}

/** Says something to screen readers when they are next idle. Silent without a `UiProvider`. */
export function useAnnounce(): Announce {
  return useContext(AnnounceContext);
}
