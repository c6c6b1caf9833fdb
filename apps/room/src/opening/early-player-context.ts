import { createContext } from 'react';
import type { EarlyPlayer } from './early-player.ts';

/** The player that may have begun before there was a room to show it in. */
export const EarlyPlayerContext = createContext<EarlyPlayer | undefined>(undefined);
