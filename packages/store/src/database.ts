import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type * as schema from './schema.ts';

/** What repositories work on: a database or a transaction, of either driver. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

/**
 * Waits for a write of what admissions remember, and makes them forget it: also when it failed, as it may have been
 * written all the same. In a transaction that happens at its end.
 */
export type Dropping = <T>(writing: PromiseLike<T>, written?: Written) => Promise<T>;

/** What a write changes: rooms alone, which are written most, or whatever it may be. */
export type Written = 'rooms' | 'anything';
