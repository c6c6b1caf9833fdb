import { randomUUID } from 'node:crypto';
import type { Clock, Logger } from '@amphi/base';
import { S3Client } from './s3-client.ts';
import { S3Error } from './s3-error.ts';
import { keyIn, type S3Target } from './s3-target.ts';

const TRIAL = Buffer.from('written to see whether recordings can be kept here, and removed again\n');

/**
 * Writes a small object, reads it and removes it again.
 * @returns what is wrong, or nothing
 */
export async function checkStorage(target: S3Target, clock: Clock, signal?: AbortSignal): Promise<S3Error | undefined> {
  const client = new S3Client(target, clock);
  const key = keyIn(target, `amphi-trial-${randomUUID()}`);
  try {
    await client.put(key, TRIAL, { contentType: 'text/plain', ...(signal ? { signal } : {}) });
    const read = await client.get(key, signal);
    await client.remove(key);
    if (read.equals(TRIAL)) return undefined;
    return new S3Error(
      's3_refused',
      'the storage answers with something else than was written',
      'Look at the storage.',
    );
  } catch (error) {
    if (error instanceof S3Error) return error;
    throw error;
  } finally {
    client.close();
  }
}

/** At the start: what does not work is a warning with its remedy; recordings stay on this machine until it does. */
export async function reportStorage(options: {
  readonly target: S3Target;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<void> {
  const { target, clock, logger } = options;
  const { endpoint, bucket } = target;
  const problem = await checkStorage(target, clock);
  if (problem) {
    const { code, message: what, remedy } = problem;
    logger.warn(
      { endpoint, bucket, code, what, remedy },
      'recordings cannot be brought to the storage; they stay here',
    );
  } else logger.info({ endpoint, bucket }, 'recordings are kept in the storage');
}
