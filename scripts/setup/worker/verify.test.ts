import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../paths.mjs';
import { folderWith } from '../test/folder.ts';
import { mediaProblem, starts } from './verify.mjs';

const worker =
  process.env.MEDIASOUP_WORKER_BIN ?? join(ROOT, 'node_modules/mediasoup/worker/out/Release/mediasoup-worker');

function program(text: string): string {
  const path = join(folderWith({ program: text }), 'program');
  chmodSync(path, 0o755);
  return path;
}

it('accepts the worker that is in place', async () => {
  expect(await starts(worker)).toBe(true);
  expect(await mediaProblem(worker)).toBeUndefined();
});

it('refuses what is no worker', async () => {
  expect(await starts('/nowhere/mediasoup-worker')).toBe(false);
  expect(await starts(program('#!/bin/sh\nexit 0\n'))).toBe(false);
});

it('says what is wrong with a worker that only starts', async () => {
  expect(await mediaProblem(program('#!/bin/sh\nexit 41\n'))).toMatch(/exit|died|41|failed/i);
});
