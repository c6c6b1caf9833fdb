import { checkStorage } from '../../object-storage/check-storage.ts';
import { storageOf } from '../../recordings/upload-targets.ts';
import { type Check, fail, ok } from '../check.ts';

export const storageCheck: Check = {
  id: 'storage',
  title: 'Storage of recordings',
  timeoutMs: 20_000,
  async run({ settings, clock, signal }) {
    const target = storageOf(settings);
    if (!target) return [ok('recordings stay in the data directory')];
    const problem = await checkStorage(target, clock, signal);
    if (problem) return [fail(`${problem.message} (${problem.code})`, problem.remedy)];
    return [ok(`bucket "${target.bucket}" at ${target.endpoint} takes recordings, and gives them back`)];
  },
};
