import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DiskFailure, DiskFile, diskErrorCode } from './disk-file.ts';

let folder: string;
let failures: DiskFailure[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'disk-file-'));
  failures = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const fileAt = (path: string, after: Promise<unknown> = Promise.resolve()): DiskFile =>
  new DiskFile({ path, after, onWritten: () => {}, onFailure: (failure) => failures.push(failure) });

describe('a file that is written piece by piece', () => {
  it('EG34: holds the pieces in order, and nothing that comes after its end', async () => {
    const path = join(folder, 'a');
    const file = fileAt(path);
    for (const piece of ['one ', 'two ', 'three']) file.write(Buffer.from(piece));
    await file.end();
    expect(await readFile(path, 'utf8')).toBe('one two three');
    file.write(Buffer.from('late'));
    await file.end();
    expect(await readFile(path, 'utf8')).toBe('one two three');
    expect(failures).toEqual([]);
  });

  it('EG34: never takes the place of another', async () => {
    const path = join(folder, 'a');
    await writeFile(path, 'kept');
    const file = fileAt(path);
    file.write(Buffer.from('new'));
    await file.end();
    expect(await readFile(path, 'utf8')).toBe('kept');
    expect(failures).toMatchObject([{ code: 'disk_failed' }]);
  });

  it('EG35: says once when more waits than may', async () => {
    const file = fileAt(join(folder, 'a'), new Promise(() => {}));
    for (let i = 0; i < 35; i++) file.write(new Uint8Array(1024 * 1024));
    expect(failures).toMatchObject([{ code: 'disk_slow' }]);
  });

  it.each([
    ['ENOSPC', 'disk_full'],
    ['EDQUOT', 'disk_full'],
    ['EACCES', 'disk_failed'],
  ])('EG35: tells %s as %s', (code, told) => {
    expect(diskErrorCode(Object.assign(new Error('write'), { code }))).toBe(told);
  });
});
