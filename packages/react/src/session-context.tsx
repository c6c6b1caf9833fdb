import type { Session } from '@amphi/client';
import { createContext, type ReactNode, useContext } from 'react';

const SessionContext = createContext<Session | undefined>(undefined);

/** Gives a session to the hooks below it. The session stays the caller's: make, join and leave it outside. */
export function AmphiProvider({ session, children }: { readonly session: Session; readonly children?: ReactNode }) {
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

/**
 * The session of the nearest `AmphiProvider`, for what one does: join, send, share.
 * @throws without a provider above
 */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs an AmphiProvider above it');
  return session;
}
