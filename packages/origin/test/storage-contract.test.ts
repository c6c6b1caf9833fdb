import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDiskStorage, createMemoryStorage, type MediaStorage } from '../src/index.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'amphi-storage-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const kinds: Record<string, { create: () => MediaStorage; keeps: boolean }> = {
  memory: { create: () => createMemoryStorage(), keeps: true },
  disk: { create: () => createDiskStorage({ directory }), keeps: true },
  'disk with nothing kept in memory': { create: () => createDiskStorage({ directory, hotBytes: 0 }), keeps: false },
};

describe.each(Object.entries(kinds))('%s', (_name, { create, keeps }) => {
  let storage: MediaStorage;
  beforeEach(() => {
    storage = create();
  });
  afterEach(() => storage.close());

  it('gives what was put, at once and later', async () => {
    await storage.put('s/r/part-0.0.m4s', Buffer.from('one'));
    await storage.put('s/r/part-0.1.m4s', Buffer.from('two'));
    expect((await storage.get('s/r/part-0.0.m4s'))?.toString()).toBe('one');
    await storage.close();
    expect((await storage.get('s/r/part-0.0.m4s'))?.toString()).toBe('one');
    expect((await storage.get('s/r/part-0.1.m4s'))?.toString()).toBe('two');
    expect(await storage.get('s/r/part-0.2.m4s')).toBeUndefined();
  });

  it('deletes one, and all below a prefix', async () => {
    for (const key of ['s/r/a', 's/r/b', 's/q/a', 't/r/a']) await storage.put(key, Buffer.from(key));
    await storage.delete('s/r/a');
    await storage.delete('s/r/never');
    await storage.close();
    expect(await storage.get('s/r/a')).toBeUndefined();
    expect((await storage.get('s/r/b'))?.toString()).toBe('s/r/b');
    await storage.deleteAll('s/');
    expect(await storage.get('s/r/b')).toBeUndefined();
    expect(await storage.get('s/q/a')).toBeUndefined();
    expect((await storage.get('t/r/a'))?.toString()).toBe('t/r/a');
  });

  it('a file deleted right after it was put is gone for good', async () => {
    await storage.put('s/r/a', Buffer.from('a'));
    await storage.delete('s/r/a');
    await storage.close();
    expect(await storage.get('s/r/a')).toBeUndefined();
  });

  it('accounts for its memory', async () => {
    await storage.put('s/r/a', Buffer.alloc(100));
    await storage.put('s/r/a', Buffer.alloc(50));
    expect(storage.memoryBytes).toBe(keeps ? 50 : 0);
    await storage.deleteAll('s/');
    expect(storage.memoryBytes).toBe(0);
  });
});

it('the disk keeps nothing of a file that could not be written, and is itself again afterwards', async () => {
  const storage = createDiskStorage({ directory });
  await mkdir(join(directory, 's/r/a.new'), { recursive: true });
  await expect(storage.put('s/r/a', Buffer.from('a'))).rejects.toThrow(/EISDIR/);
  expect([storage.memoryBytes, await storage.get('s/r/a')]).toEqual([0, undefined]);
  await rm(join(directory, 's/r/a.new'), { recursive: true });
  await storage.put('s/r/a', Buffer.from('a'));
  expect((await storage.get('s/r/a'))?.toString()).toBe('a');
  await storage.close();
});

it('the disk reads a journal of the same run of the machine, and none of an earlier one', async () => {
  const before = createDiskStorage({ directory, bootId: 'one' });
  await before.journals.replace('s', Buffer.from('head\n'));
  await before.journals.append('s', Buffer.from('record\n'));
  await before.put('t/r/a', Buffer.from('a'));
  await before.close();
  const after = createDiskStorage({ directory, bootId: 'one' });
  expect((await after.journals.list()).toSorted()).toEqual(['s', 't']);
  expect((await after.journals.read('s'))?.toString()).toBe('head\nrecord\n');
  expect(await after.journals.read('t')).toBeUndefined();
  const rebooted = createDiskStorage({ directory, bootId: 'two' });
  expect(await rebooted.journals.read('s')).toBeUndefined();
  await rebooted.deleteAll('s/');
  expect(await rebooted.journals.list()).toEqual(['t']);
});

it('the disk leaves no half-written files behind', async () => {
  const storage = createDiskStorage({ directory });
  for (let i = 0; i < 20; i++) await storage.put(`s/r/part-0.${i}.m4s`, Buffer.alloc(1000, i));
  await storage.close();
  expect((await readdir(join(directory, 's/r'))).filter((name) => !name.endsWith('.m4s'))).toEqual([]);
});
