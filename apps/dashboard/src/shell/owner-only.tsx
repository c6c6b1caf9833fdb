import type { OwnerView } from '@amphi/protocol';
import { Spinner } from '@amphi/ui';
import { useQuery } from '@tanstack/react-query';
import { Navigate, Outlet, useLocation, useOutletContext } from 'react-router';
import { sessionQuery } from '../api/queries.ts';
import { LoadFailed } from './load-state.tsx';

/** Lets only the signed-in owner see the pages inside; others are sent to sign in and come back afterwards. */
export function OwnerOnly() {
  const { data: owner, error, refetch } = useQuery(sessionQuery);
  const { pathname } = useLocation();
  if (owner) return <Outlet context={owner} />;
  if (owner === null) {
    return <Navigate replace to={pathname === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(pathname)}`} />;
  }
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center p-4">
      {error === null ? (
        <Spinner label="Opening the dashboard…" className="justify-center text-ink-soft" />
      ) : (
        <LoadFailed what="the dashboard" error={error} onRetry={() => void refetch()} />
      )}
    </main>
  );
}

/** The owner, on any page inside `OwnerOnly`. */
export function useOwner(): OwnerView {
  return useOutletContext<OwnerView>();
}
