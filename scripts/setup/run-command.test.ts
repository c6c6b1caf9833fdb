import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';
import { lastLines, NOT_FOUND, runCommand } from './run-command.mjs';
import { folderWith } from './test/folder.ts';

const node = process.execPath;

it('gives back what a program wrote and how it ended', async () => {
  const script = "console.log('out'); console.error('err'); process.exit(7)";
  expect(await runCommand(node, ['-e', script])).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
});

it('counts a signal as shells do', async () => {
  const { exitCode } = await runCommand(node, [
    '-e',
    "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 1e6)",
  ]);
  expect(exitCode).toBe(128 + 15);
});

it('says that a program is not there', async () => {
  const { exitCode, stderr } = await runCommand('no-such-program-here', []);
  expect(exitCode).toBe(NOT_FOUND);
  expect(stderr).toMatch(/ENOENT/);
});

it('kills a program that takes too long', async () => {
  const { exitCode } = await runCommand(node, ['-e', 'setInterval(() => {}, 1e6)'], { timeoutMs: 200 });
  expect(exitCode).toBe(128 + 9);
});

it('takes its programs along when it is stopped itself', async () => {
  const module = pathToFileURL(join(import.meta.dirname, 'run-command.mjs')).href;
  const folder = folderWith();
  const pidFile = join(folder, 'pid');
  const inner = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1e6)`;
  const outer = `
    import { existsSync } from 'node:fs';
    import { runCommand } from ${JSON.stringify(module)};
    runCommand(process.execPath, ['-e', ${JSON.stringify(inner)}]);
    const poll = setInterval(() => {
      if (existsSync(${JSON.stringify(pidFile)})) process.kill(process.pid, 'SIGTERM');
    }, 10);`;
  const { exitCode, stderr } = await runCommand(node, ['--input-type=module', '-e', outer]);
  expect(stderr).toBe('');
  expect(exitCode).toBe(128 + 15);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 15_000);
});

/** A killed process that nobody has waited for yet is still in the table, as a zombie. */
function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

it('shortens a complaint to its end', () => {
  expect(lastLines('a\nb\nc\n\n', 2)).toBe('b\nc');
});
