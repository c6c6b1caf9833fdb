import { randomUUID } from 'node:crypto';
import type { Clock, Logger } from '@amphi/base';
import { S3Client } from './s3-client.ts';
import { S3Error } from './s3-error.ts';
import { keyIn, type S3Target } from './s3-target.ts';

const TRIAL = Buffer.from('written to see whether recordings can be kept here, and removed again\n');

export type TrialStep = 'write' | 'read' | 'remove';

/** The first step that failed, and why. */
export interface FailedTrial {
  readonly step: TrialStep;
  readonly error: S3Error;
}

/**
 * Writes a small object, reads it and removes it again; that also when it could not be read.
 * @returns what is wrong, or nothing
 */
export async function tryStorage(
  target: S3Target,
  clock: Clock,
  signal?: AbortSignal,
): Promise<FailedTrial | undefined> {
  const client = new S3Client(target, clock);
  const key = keyIn(target, `amphi-trial-${randomUUID()}`);
  try {
    const unwritten = await failureOf('write', () =>
      client.put(key, TRIAL, { contentType: 'text/plain', ...(signal ? { signal } : {}) }),
    );
    if (unwritten) return unwritten;
    const unread = await failureOf('read', async () => assertTrial(await client.get(key, signal)));
    const left = await failureOf('remove', () => client.remove(key, signal));
    return unread ?? left;
  } finally {
    client.close();
  }
}

/** @returns what is wrong, or nothing */
export async function checkStorage(target: S3Target, clock: Clock, signal?: AbortSignal): Promise<S3Error | undefined> {
  return (await tryStorage(target, clock, signal))?.error;
}

async function failureOf(step: TrialStep, work: () => Promise<void>): Promise<FailedTrial | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof S3Error) return { step, error };
    throw error;
  }
}

function assertTrial(read: Buffer): void {
  if (read.equals(TRIAL)) return;
  throw new S3Error('s3_refused', 'the storage answers with something else than was written', 'Look at the storage.');
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
