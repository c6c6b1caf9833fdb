import { useEffect } from 'react';
import { type Blocker, useBlocker } from 'react-router';

/**
 * Keeps changes that are not saved from getting lost: the browser asks before the tab closes, and going to another page
 * of the dashboard is held until the returned blocker is told to proceed or to reset.
 */
export function useLeaveGuard(unsaved: boolean): Blocker {
  useEffect(() => {
    if (!unsaved) return;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', hold);
    return () => window.removeEventListener('beforeunload', hold);
  }, [unsaved]);
  return useBlocker(
    ({ currentLocation, nextLocation }) => unsaved && currentLocation.pathname !== nextLocation.pathname,
  );
}
