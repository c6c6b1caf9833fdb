import { Buckets, type Clock, charge, type Millis } from '@amphi/base';
import { PublicError, platformAnswers, type StorageTestResult, uploadBody } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { overBudget } from '../budgets/over-budget.ts';
import { tryStorage } from '../object-storage/check-storage.ts';
import type { S3Target } from '../object-storage/s3-target.ts';
import { findApp } from '../platform/apps.ts';
import type { UploadTargets } from '../recordings/upload-targets.ts';
import { errorBody } from './bodies.ts';
import type { WebServer } from './web-server.ts';

const errors = { 400: errorBody, 401: errorBody, 403: errorBody, 404: errorBody, 429: errorBody };

/** Somebody corrects a field and tries again; each is three requests to another's machine. */
const TRIALS = { perSecond: 0.2, burst: 10 } as const;
/** Of all steps together: somebody waits before the form. */
const PATIENCE_MS: Millis = 15_000;

/** `POST /platform/apps/{id}/storage/test`: whether recordings can be kept in a bucket, before it is saved. */
export function storageRoutes(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'apps'>;
    readonly targets: Pick<UploadTargets, 'proposed'>;
    readonly clock: Clock;
  },
  workspaceOf: (request: FastifyRequest) => string,
): void {
  const { store, targets, clock } = options;
  const trials = new Buckets({ name: 'trials of a storage for this workspace', rate: TRIALS });
  server.post(
    '/apps/:appId/storage/test',
    {
      schema: {
        tags: ['platform'],
        summary: 'Write a small object to a bucket, read it and remove it, once, and tell what failed',
        params: z.object({ appId: z.string() }),
        body: uploadBody,
        response: { 200: platformAnswers.storageTest, ...errors },
      },
    },
    async (request) => {
      const workspaceId = workspaceOf(request);
      const { template } = await findApp(store, workspaceId, request.params.appId);
      const target = targets.proposed(request.body, template.body.settings.recording?.upload);
      if (!target) throw new PublicError(400, 'Invalid body param: credentials: key and secretKey of an account');
      const refusal = charge([{ limit: trials, key: workspaceId }], clock.now());
      if (refusal) throw overBudget(refusal);
      return { result: await resultOf(target, clock) };
    },
  );
}

async function resultOf(target: S3Target, clock: Clock): Promise<StorageTestResult> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const failed = await tryStorage(target, clock, patience);
    if (!failed) return { ok: true };
    const { step, error } = failed;
    return { ok: false, step, error: error.message, remedy: error.remedy };
  } catch (error) {
    if (!patience.aborted) throw error;
    const silent = `the storage at ${target.endpoint} has not answered within ${PATIENCE_MS / 1000} s`;
    return { ok: false, error: silent, remedy: 'Does the storage run, and is its port open to this machine?' };
  }
}
