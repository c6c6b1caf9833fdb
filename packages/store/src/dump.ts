import { getTableName, sql } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import type { Database } from './database.ts';
import { appliedMigrations } from './migrations.ts';
import * as schema from './schema.ts';

/** Rows of one table as PostgreSQL writes them: column name → JSON value, times in ISO 8601. */
export interface DumpedRows {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface DumpHead {
  /** Names of the migrations that made the tables, oldest first. */
  readonly migrations: readonly string[];
}

/** Rows that are read, and written by `restoreStore`, in one statement. */
const BATCH_ROWS = 500;

/**
 * Who is signed in to the dashboard, and links for it: good for hours only, and secrets worth stealing. Who is in which
 * session: good for minutes, on the node it is of. What is on its way to back ends: a copy of the data must not tell them
 * again. Which servers live: those of a copy are others. What is gathered of tracks, clients and their media for those who ask: much, and for some weeks only.
 */
const SHORT_LIVED: readonly PgTable[] = [
  schema.ownerSessions,
  schema.oneTimeCodes,
  schema.invitations,
  schema.liveSessions,
  schema.livePeers,
  schema.liveState,
  schema.nodes,
  schema.webhookDeliveries,
  schema.webhookReplays,
  schema.analyticsEvents,
  schema.peerQuality,
];

/**
 * Reads everything that is worth keeping at one moment, without changing anything. The embedded database serves nobody
 * else meanwhile, so `write` must not wait for a peer.
 */
export async function dumpStore(
  db: Database,
  sink: { readonly begin: (head: DumpHead) => Promise<void>; readonly write: (part: DumpedRows) => Promise<void> },
): Promise<void> {
  await db.transaction(
    async (tx) => {
      await sink.begin({ migrations: await appliedMigrations(tx) });
      for (const table of dumpedTables()) {
        const name = getTableName(table);
        const order = sql.join(
          primaryKeyOf(table).map((column) => sql.identifier(column)),
          sql`, `,
        );
        for (let offset = 0; ; offset += BATCH_ROWS) {
          // `row_to_json` keeps whatever the type: restoring reads the same words by `json_populate_recordset`.
          const { rows } = (await tx.execute(
            sql`select row_to_json(t)::text as row from ${sql.identifier(name)} t order by ${order} limit ${BATCH_ROWS} offset ${offset}`,
          )) as unknown as { readonly rows: readonly { readonly row: string }[] };
          if (rows.length > 0) await sink.write({ table: name, rows: rows.map(({ row }) => JSON.parse(row)) });
          if (rows.length < BATCH_ROWS) break;
        }
      }
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

/** All tables of the schema but the short-lived, each behind those that it refers to. */
export function dumpedTables(): PgTable[] {
  const left = new Set((Object.values(schema) as PgTable[]).filter((table) => !SHORT_LIVED.includes(table)));
  const ordered: PgTable[] = [];
  while (left.size > 0) {
    const next = [...left].find((table) =>
      getTableConfig(table).foreignKeys.every((key) => {
        const { foreignTable } = key.reference();
        return foreignTable === table || !left.has(foreignTable);
      }),
    );
    if (!next) throw new Error('tables refer to each other in a circle');
    left.delete(next);
    ordered.push(next);
  }
  return ordered;
}

function primaryKeyOf(table: PgTable): string[] {
  const { columns, primaryKeys } = getTableConfig(table);
  const own = columns.filter((column) => column.primary).map((column) => column.name);
  return own.length > 0 ? own : (primaryKeys[0]?.columns.map((column) => column.name) ?? []);
}
