import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type * as schema from './schema.ts';

/** What repositories work on: a database or a transaction, of either driver. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;
