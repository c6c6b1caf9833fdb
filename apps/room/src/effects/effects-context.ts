import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Effects, EffectsState } from './effects.ts';

const EffectsContext = createContext<Effects | undefined>(undefined);

/** Gives the effects of the session to all below. */
export const EffectsProvider = EffectsContext.Provider;

/** The effects of the session, and their state as it is. */
export function useEffects(): readonly [EffectsState, Effects] {
  const effects = useContext(EffectsContext);
  if (!effects) throw new Error('invariant broken: effects outside of a visit');
  return [useSyncExternalStore(effects.subscribe, () => effects.state), effects];
}
