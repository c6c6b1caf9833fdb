import type { StorageTestResult } from '@amphi/protocol';
import type { Upload } from '../api/templates.ts';

/** A bucket as it is typed. An empty text is nothing said. */
export interface StorageDraft {
  readonly enabled: boolean;
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly key: string;
  /** Written, never read: empty for the one there is. */
  readonly secret: string;
}

export type StorageField = Exclude<keyof StorageDraft, 'enabled'>;

export function draftOf(upload: Upload | undefined): StorageDraft {
  return {
    enabled: upload !== undefined,
    endpoint: upload?.options?.endpoint ?? '',
    region: upload?.options?.region ?? '',
    bucket: upload?.location ?? '',
    prefix: upload?.prefix ?? '',
    key: upload?.credentials?.key ?? '',
    secret: '',
  };
}

/** What is missing, by field. The server judges whether the rest can be. */
export function missingIn(draft: StorageDraft, saved: StorageDraft): Partial<Record<StorageField, string>> {
  if (!draft.enabled) return {};
  const keepsSecret = saved.enabled && saved.key === draft.key.trim();
  return {
    ...(draft.bucket.trim() === '' && { bucket: 'Write the name of the bucket.' }),
    ...(draft.key.trim() === '' && { key: 'Write the key of an account that may write to the bucket.' }),
    ...(draft.secret === '' && !keepsSecret && { secret: 'Write the secret of this key.' }),
  };
}

/** What is saved of it; undefined without a bucket. */
export function uploadOf({ enabled, ...draft }: StorageDraft): Upload | undefined {
  if (!enabled) return undefined;
  const endpoint = draft.endpoint.trim();
  const region = draft.region.trim();
  return {
    type: 's3',
    location: draft.bucket.trim(),
    prefix: draft.prefix.trim(),
    options: { ...(region !== '' && { region }), ...(endpoint !== '' && { endpoint }) },
    credentials: { key: draft.key.trim(), secretKey: draft.secret },
  };
}

const FAILED: Readonly<Record<NonNullable<StorageTestResult['step']>, string>> = {
  write: 'A file could not be written',
  read: 'A file was written, but could not be read',
  remove: 'A file was written and read, but could not be removed',
};

/** What a person is told of a bucket that was tried. */
export function wordsOfTrial({ ok, step, error, remedy }: StorageTestResult): string {
  if (ok) return 'It works: a small file was written, read and removed.';
  const what = step === undefined ? 'It could not be tried to the end' : FAILED[step];
  return [`${what}: ${error ?? 'no reason is known'}.`, remedy ?? []].flat().join(' ');
}
