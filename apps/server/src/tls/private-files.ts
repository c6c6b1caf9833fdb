import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** @returns `undefined` when there is no such file */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** For this account only, and whole or not at all: a crash leaves the old content. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(aside, text, { mode: 0o600, flag: 'wx', flush: true });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** The key and the certificates of a PEM file that holds both. */
export function splitPem(text: string): { readonly key: string; readonly chain: string } {
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----\n?/g) ?? [];
  return {
    key: blocks.filter((block) => block.includes('PRIVATE KEY')).join(''),
    chain: blocks.filter((block) => block.includes('BEGIN CERTIFICATE')).join(''),
  };
}
