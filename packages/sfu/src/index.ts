export type * from './contract.ts';

import type { Sfu, SfuOptions } from './contract.ts';

/** Starts the workers. Throws `unavailable` when a worker does not start or a port is taken. */
export declare const createSfu: (options: SfuOptions) => Promise<Sfu>;
