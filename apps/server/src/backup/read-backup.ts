import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { CodedError, messageOf } from '@amphi/base';
import {
  BACKUP_FORMAT,
  type BackupErrorCode,
  type BackupHead,
  type BackupLine,
  type BackupSummary,
  backupHead,
  backupLine,
} from './format.ts';

/** A backup as it is read, once and in order. */
export interface BackupReader {
  readonly head: BackupHead;
  /** Everything between head and end. Throws CodedError `malformed` when there is no end. */
  lines(): AsyncGenerator<Exclude<BackupLine, { end: true }>>;
  close(): void;
}

/** @throws CodedError `malformed`, `too_new`, `failed` */
export async function openBackup(file: string): Promise<BackupReader> {
  const source = createReadStream(file);
  const gunzip = source.pipe(createGunzip());
  // An error of the source is the reader's, too: pipe does not pass it on.
  source.once('error', (error) => gunzip.destroy(error));
  const close = (): void => {
    source.destroy();
    gunzip.destroy();
  };
  const texts = textsOf(gunzip);
  try {
    const { value, done } = await texts.next();
    return { head: headOf(done ? undefined : value, file), lines: () => linesOf(texts, file), close };
  } catch (error) {
    close();
    throw readable(error, file);
  }
}

/** Errors of the streams come out of the iteration, which `readline` alone does not do. */
async function* textsOf(input: NodeJS.ReadableStream): AsyncGenerator<string, undefined> {
  const failed = new Promise<never>((_resolve, reject) => input.once('error', reject));
  failed.catch(() => {});
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await Promise.race([lines.next(), failed]);
    if (done) break;
    yield value;
  }
  return undefined;
}

async function* linesOf(
  texts: AsyncGenerator<string, undefined>,
  file: string,
): AsyncGenerator<Exclude<BackupLine, { end: true }>> {
  const read: { -readonly [Key in keyof BackupSummary]: number } = { rows: 0, files: 0 };
  try {
    for await (const text of texts) {
      const parsed = backupLine.safeParse(JSON.parse(text));
      if (!parsed.success) throw malformed(file, 'a line is neither rows nor a file');
      const line = parsed.data;
      if ('end' in line) {
        if (line.rows !== read.rows || line.files !== read.files) throw malformed(file, 'parts are missing');
        return;
      }
      if ('table' in line) read.rows += line.rows.length;
      else read.files += 1;
      yield line;
    }
  } catch (error) {
    throw readable(error, file);
  }
  throw malformed(file, 'it is cut off');
}

function headOf(text: string | undefined, file: string): BackupHead {
  const value: unknown = JSON.parse(text ?? 'null');
  const parsed = backupHead.safeParse(value);
  if (parsed.success) return parsed.data;
  const { backup, format } = Object(value) as { readonly backup?: unknown; readonly format?: unknown };
  if (backup === 'amphi' && typeof format === 'number' && format > BACKUP_FORMAT) {
    throw new CodedError<BackupErrorCode>(
      'too_new',
      `${file} was made by a newer Amphi (format ${format}, known here: ${BACKUP_FORMAT}). Restore it with that version.`,
    );
  }
  throw malformed(file, 'it has no head');
}

function malformed(file: string, why: string): CodedError<BackupErrorCode> {
  return new CodedError('malformed', `${file} is no whole backup of Amphi: ${why}`);
}

/** What streams and parsers throw, in our words. */
function readable(error: unknown, file: string): unknown {
  if (error instanceof CodedError) return error;
  if (error instanceof SyntaxError) return malformed(file, 'a line is not JSON');
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  if (code.startsWith('Z_')) return malformed(file, code === 'Z_BUF_ERROR' ? 'it is cut off' : messageOf(error));
  return new CodedError<BackupErrorCode>('failed', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
}
