import { CodedError, messageOf } from '@amphi/base';
import { DrizzleQueryError } from 'drizzle-orm/errors';

export type StoreErrorCode =
  /** Another row has this name, subdomain or e-mail already. */
  | 'taken'
  /** The row that the call is about does not exist. */
  | 'not_found'
  /** A room has as many codes as it may. */
  | 'too_many_codes'
  /** The database cannot be opened or reached, or its migrations fail. */
  | 'unavailable'
  /** A backup was made by a newer version. */
  | 'too_new'
  /** A backup is to go into a database that holds something. */
  | 'not_empty'
  /** A backup's rows are not what its tables take. */
  | 'malformed';

export class StoreError extends CodedError<StoreErrorCode> {
  override readonly name = 'StoreError';
}

/** SQLSTATE of a unique constraint that an insert or update would break. */
const UNIQUE_VIOLATION = '23505';

/** SQLSTATE class of values that a column cannot hold: text with U+0000, a number out of range. */
const DATA_EXCEPTION = '22';

/** The database refused a value as such: the caller's fault, not the database's. */
export function isUnstorableValue(error: unknown): boolean {
  return sqlState(error)?.startsWith(DATA_EXCEPTION) ?? false;
}

/** SQLSTATE class of rows that break a constraint: a key that refers to nothing, a null where there must be none. */
const INTEGRITY_VIOLATION = '23';

/** The database refused a row as such, whether for its values or for what it refers to. */
export function isUnstorableRow(error: unknown): boolean {
  return isUnstorableValue(error) || (sqlState(error)?.startsWith(INTEGRITY_VIOLATION) ?? false);
}

/** Runs `work`; breaking a unique constraint becomes `taken` with this message. */
export async function orTaken<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) throw new StoreError('taken', message, { cause: error });
    throw error;
  }
}

/** What went wrong, for logs: the driver's words and the statement, never its parameters (hashes, secrets). */
export function describeDatabaseError(error: unknown): string {
  if (error instanceof DrizzleQueryError) return `${messageOf(error.cause)} in: ${error.query.slice(0, 300)}`;
  return messageOf(error);
}

/** SQLSTATE (five characters) of the database error behind `error`. */
function sqlState(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}
