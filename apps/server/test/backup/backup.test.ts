import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { silentLogger, systemClock } from '@amphi/base';
import { ensureDatabaseTemplate, openStore, type Store } from '@amphi/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBackup } from '../../src/backup/make-backup.ts';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { askForBackup, askForHealth } from '../../src/control/ask-server.ts';
import { backupCommand, healthCommand, restoreCommand } from '../../src/control/commands.ts';
import { openControlSocket } from '../../src/control/control-socket.ts';

/** A backup of a running server, and what comes of it in a fresh directory. */

const logger = silentLogger;
let folder: string;
let dataDir: string;
let store: Store;
let closeSocket: () => Promise<void>;
let backup: string;

beforeAll(async () => {
  await ensureDatabaseTemplate();
  folder = await mkdtemp(join(tmpdir(), 'amphi-backup-'));
  // Longer than the address of a Unix socket may be.
  dataDir = join(folder, 'a-data-directory-'.repeat(8), 'data');
  await mkdir(join(dataDir, 'tls/accounts'), { recursive: true });
  await mkdir(join(dataDir, 'streams/x'), { recursive: true });
  await writeFile(join(dataDir, 'tls/accounts/key.pem'), 'a key\n', { mode: 0o600 });
  await writeFile(join(dataDir, 'streams/x/part.m4s'), 'media');
  await writeFile(join(dataDir, 'links.json'), '{}');
  store = await openStore({ dataDir: join(dataDir, 'database') });
  await store.workspaces.create({ name: 'Studio' });
  closeSocket = await openControlSocket({
    dataDir,
    commands: {
      backup: (file) => makeBackup({ store, dataDir, file, clock: systemClock }),
      health: () => store.ping(),
    },
    logger,
  });
  backup = join(folder, 'amphi.backup');
  await backupCommand(backup, { dataDir }, logger);
});

afterAll(async () => {
  await closeSocket?.();
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

/** @returns where a file with this content lies */
async function fileOf(name: string, content: Buffer | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('backup', () => {
  it('is made by the running server, whole, for its owner alone', async () => {
    expect((await stat(backup)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'control.sock'))).mode & 0o777).toBe(0o600);
    const lines = gunzipSync(await readFile(backup))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ backup: 'amphi', format: 1 });
    expect(lines.at(-1)).toMatchObject({ end: true, files: 1 });
    expect(lines.flatMap(({ file }) => file ?? [])).toEqual(['tls/accounts/key.pem']);
  });

  it('replaces nothing, and leaves nothing half-written behind', async () => {
    await expect(backupCommand(backup, { dataDir }, logger)).rejects.toThrow(/is there already/);
    await expect(backupCommand(join(folder, 'nowhere/x'), { dataDir }, logger)).rejects.toThrow(/could not be written/);
    expect((await readdir(folder)).filter((name) => name.includes('unfinished'))).toEqual([]);
  });

  it('asks nobody where no server runs', async () => {
    expect(await askForBackup(folder, backup)).toBeUndefined();
    expect(await askForBackup(join(folder, 'not-there'), backup)).toBeUndefined();
    expect(await askForHealth(folder)).toBe(false);
  });

  it('has a neighbour that says whether the server does its work', async () => {
    expect(await askForHealth(dataDir)).toBe(true);
    await expect(healthCommand(folder)).rejects.toThrow(/no server runs/);
  });

  it('refuses commands that are none', async () => {
    await expect(askForBackup(dataDir, 'relative')).rejects.toThrow(/an absolute path/);
  });
});

// Each restores several databases anew, which a busy machine takes its time for.
describe('restore', { timeout: 240_000 }, () => {
  it('makes a data directory that holds what the other held', async () => {
    const fresh = join(folder, 'fresh');
    expect(await restoreCommand(backup, { dataDir: fresh }, logger)).toMatch(/ rows and 1 files are in /);
    expect(await readFile(join(fresh, 'tls/accounts/key.pem'), 'utf8')).toBe('a key\n');
    expect((await stat(join(fresh, 'tls/accounts/key.pem'))).mode & 0o777).toBe(0o600);
    const restored = await openStore({ dataDir: join(fresh, 'database') });
    const workspace = await store.workspaces.first();
    expect(await restored.workspaces.first()).toEqual(workspace);
    expect(await restored.workspaces.signingKey(workspace!.id)).toEqual(
      await store.workspaces.signingKey(workspace!.id),
    );
    await restored.close();
    await expect(restoreCommand(backup, { dataDir: fresh }, logger)).rejects.toThrow(/holds a database already/);
    // A second backup, of the restored one while no server runs, says the same.
    const again = join(folder, 'again.backup');
    await backupCommand(again, { dataDir: fresh }, logger);
    const text = async (path: string) =>
      gunzipSync(await readFile(path))
        .toString()
        .replace(/"createdAt":"[^"]+"/, '');
    expect(await text(again)).toBe(await text(backup));
  });

  it('leaves no database behind when the backup is broken', async () => {
    const whole = gunzipSync(await readFile(backup)).toString();
    const lines = whole.trim().split('\n');
    const packed = (texts: readonly string[]) => gzipSync(`${texts.join('\n')}\n`);
    const cut = await fileOf('cut', await readFile(backup));
    await truncate(cut, (await stat(cut)).size - 30);
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['malformed', cut, /cut off/],
      ['malformed', await fileOf('text', 'not a backup'), /no whole backup/],
      ['malformed', await fileOf('empty', packed([])), /no head|not JSON/],
      ['malformed', await fileOf('no-end', packed(lines.slice(0, -1))), /cut off/],
      ['malformed', await fileOf('lost', packed([lines[0]!, ...lines.slice(2)])), /parts are missing|not restored/],
      ['malformed', await fileOf('odd', packed([lines[0]!, '{"file":"../../x","mode":384,"content":""}'])), /neither/],
      ['too_new', await fileOf('newer', packed(['{"backup":"amphi","format":2}'])), /newer Amphi/],
      ['failed', join(folder, 'not-there'), /cannot be read/],
    ];
    for (const [code, file, message] of cases) {
      const into = join(folder, `into-${code}`);
      await mkdir(into, { recursive: true });
      const restoring = restoreBackup({ file, dataDir: into, logger });
      await expect(restoring, file).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
      expect(await readdir(into)).toEqual([]);
    }
  });
});
