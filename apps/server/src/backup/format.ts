import * as z from 'zod';

/**
 * A backup is one gzip file of JSON lines: a head, then rows and files in any number, then the end. Whoever holds it holds
 * all secrets of the server.
 */

export const BACKUP_FORMAT = 1;

export const backupHead = z.object({
  backup: z.literal('amphi'),
  format: z.literal(BACKUP_FORMAT),
  createdAt: z.iso.datetime(),
  /** Migrations that made the tables. */
  migrations: z.array(z.string().max(200)).max(10_000),
});

const rows = z.object({ table: z.string().max(200), rows: z.array(z.record(z.string(), z.unknown())) });

const file = z.object({
  /** Relative to the data directory, with `/`. */
  file: z
    .string()
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/)
    .max(500),
  /** Permission bits. */
  mode: z.int().min(0).max(0o777),
  content: z.base64(),
});

/** How many rows and files stand before it: a backup that was cut off has none. */
const end = z.object({ end: z.literal(true), rows: z.int().min(0), files: z.int().min(0) });

export const backupLine = z.union([rows, file, end]);

export type BackupHead = z.infer<typeof backupHead>;
export type BackupLine = z.infer<typeof backupLine>;
export type BackupFile = z.infer<typeof file>;

/** What was written or read, for people. */
export interface BackupSummary {
  readonly rows: number;
  readonly files: number;
}

export type BackupErrorCode =
  /** There is something where the backup, or what it restores, is to go. */
  | 'exists'
  /** The file is no backup, damaged, or cut off. */
  | 'malformed'
  /** Made by a newer version. */
  | 'too_new'
  | 'failed';
