import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOnPath, listsAreFresh, parseInstalled, planInstallation } from './debian-packages.mjs';
import { folderWith } from './test/folder.ts';

it('counts only what is installed, not what was removed or is half configured', () => {
  const text = 'installed\tg++\t4:12.2.0-3\nconfig-files\tffmpeg\t7:5.1\nunpacked\tmake\t4.3\n\n';
  expect([...parseInstalled(text)]).toEqual([['g++', '4:12.2.0-3']]);
});

describe('planInstallation', () => {
  it('gives the exact command to whoever has to ask someone', () => {
    expect(planInstallation(['g++', 'libuv1-dev'], 'not at all', true)).toEqual({
      kind: 'ask',
      command: 'sudo apt-get update && sudo apt-get install -y --no-install-recommends g++ libuv1-dev',
    });
  });

  it('installs at once when the package lists are fresh', () => {
    const plan = planInstallation(['ffmpeg'], 'as root', true);
    expect(plan.kind === 'run' && plan.commands.map((command) => command.join(' '))).toEqual([
      'env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 install -y --no-install-recommends ffmpeg',
    ]);
  });

  it('fetches the lists first when they are old, and goes through sudo without a question', () => {
    const plan = planInstallation(['ffmpeg'], 'by sudo', false);
    if (plan.kind !== 'run') throw new Error('sudo may install');
    expect(plan.commands).toHaveLength(2);
    expect(plan.commands[0]?.at(-1)).toBe('update');
    for (const command of plan.commands) expect(command.slice(0, 2)).toEqual(['sudo', '-n']);
  });
});

it('takes lists for fresh within a day', () => {
  const hour = 3_600_000;
  expect(listsAreFresh(100 * hour, 101 * hour)).toBe(true);
  expect(listsAreFresh(100 * hour, 125 * hour)).toBe(false);
  expect(listsAreFresh(undefined, 0)).toBe(false);
});

it('finds programs on the PATH, executable ones only', () => {
  const folder = folderWith({ 'bin/runs': '', 'bin/lies': '' });
  chmodSync(join(folder, 'bin/runs'), 0o755);
  chmodSync(join(folder, 'bin/lies'), 0o644);
  const path = `/nowhere::${join(folder, 'bin')}`;
  expect(isOnPath('runs', path)).toBe(true);
  expect(isOnPath('lies', path)).toBe(false);
  expect(isOnPath('absent', path)).toBe(false);
});
