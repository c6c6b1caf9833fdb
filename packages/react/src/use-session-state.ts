import type { SessionEvents, SessionState } from '@amphi/client';
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { type IsEqual, memoizeSelector } from './memoize-selector.ts';
import { useSession } from './session-context.tsx';

/**
 * A part of the session's state; renders again when it has changed by `isEqual`.
 * @param select a stable function (defined outside of the component, or with `useCallback`); a new one selects anew
 * @param isEqual default `Object.is`; `shallowEqual` for selectors that make arrays or objects
 */
export function useSessionState<T>(select: (state: SessionState) => T, isEqual: IsEqual<T> = Object.is): T {
  const session = useSession();
  const subscribe = useCallback((listener: () => void) => session.subscribe(listener), [session]);
  const read = useMemo(() => memoizeSelector(() => session.state, select, isEqual), [session, select, isEqual]);
  return useSyncExternalStore(subscribe, read, read);
}

/** Calls the latest `listener` for every event of this name while the component is mounted. */
export function useSessionEvent<Name extends keyof SessionEvents>(
  name: Name,
  listener: (payload: SessionEvents[Name]) => void,
): void {
  const session = useSession();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => session.events.on(name, (payload) => latest.current(payload)), [session, name]);
}
