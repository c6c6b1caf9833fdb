import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSettings } from '../apps/server/src/settings/read-settings.ts';
import { isOnPath } from './setup/debian-packages.mjs';
import { commandOf, ignoring, stagesOf } from './setup/image/containerfile.mjs';

/** What stands in `deploy/` says nothing that the program, the settings or the checkout do not know. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const deploy = (path: string): string => join(ROOT, 'deploy', path);
const textOf = (path: string): string => readFileSync(deploy(path), 'utf8');

/** `NAME=value` lines, without comments. */
function variables(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}

it.runIf(isOnPath('systemd-analyze'))('the unit is one that systemd takes, and gives away few rights', () => {
  const verified = spawnSync('systemd-analyze', ['verify', deploy('systemd/amphi.service')], { encoding: 'utf8' });
  expect(verified.stderr + verified.stdout).toBe('');
  expect(verified.status).toBe(0);
  // In tenths: below 3.0 is what systemd calls OK.
  const secure = spawnSync(
    'systemd-analyze',
    ['security', '--offline=true', '--threshold=30', deploy('systemd/amphi.service')],
    { encoding: 'utf8' },
  );
  expect(secure.status, secure.stdout).toBe(0);
});

it('the unit sets what the program reads', () => {
  const unit = [...textOf('systemd/amphi.service').matchAll(/^Environment=(AMPHI_\w+)=(.*)$/gm)];
  const env = Object.fromEntries(unit.map(([, name, value]) => [name, value]));
  const settings = readSettings({ ...env, ...variables(textOf('systemd/amphi.env')) }, '/opt/amphi');
  expect(settings).toMatchObject({ dataDir: '/var/lib/amphi', port: 443 });
});

it('the compose file sets what the program reads, and nothing that has to be guessed', () => {
  const given: Record<string, string> = {
    AMPHI_PUBLIC_URL: 'https://live.example.org',
    POSTGRES_PASSWORD: 'secret',
    TURN_NAME: 'turn.example.org',
    TURN_SECRET: 'a-long-random-text-of-32-characters',
  };
  const text = textOf('container/compose.yaml').replace(/\$\{(\w+)(?::\?[^}]+)?\}/g, (_whole, name: string) => {
    expect(given, `\${${name}}`).toHaveProperty(name);
    return given[name] ?? '';
  });
  const { services, volumes } = parse(text) as {
    readonly services: Record<string, { readonly environment?: Record<string, string>; readonly volumes?: string[] }>;
    readonly volumes: Record<string, unknown>;
  };
  expect(Object.keys(services)).toEqual(['amphi', 'postgres', 'turn']);
  const settings = readSettings(services.amphi?.environment ?? {}, '/opt/amphi');
  expect(settings.databaseUrl).toBe('postgresql://amphi:secret@127.0.0.1:5432/amphi');
  expect(settings.rtc.turn).toHaveLength(1);
  for (const { volumes: mounted = [] } of Object.values(services)) {
    const named = mounted.map((mount) => mount.split(':')[0] ?? '').filter((name) => !name.startsWith('.'));
    for (const name of named) expect(volumes).toHaveProperty(name);
  }
});

it('the image runs as nobody special, says how it is, and copies what there is', () => {
  const stages = stagesOf(textOf('container/Containerfile'));
  const last = stages.at(-1) ?? [];
  const of = (name: string): string[] => last.filter((each) => each.name === name).map(({ text }) => text);
  expect(of('USER')).toEqual(['node']);
  expect(commandOf(of('HEALTHCHECK')[0] ?? '').at(-1)).toBe('health');
  expect(commandOf(of('ENTRYPOINT')[0] ?? '')).toContain('apps/server/dist/main.js');
  expect(commandOf(of('CMD')[0] ?? '')).toEqual(['--unsupervised']);
  for (const copy of of('COPY')) {
    const sources = copy
      .replace(/--from=\S+\s+/, '')
      .split(/\s+/)
      .slice(0, -1);
    for (const source of sources) {
      const path = source.replace(/^\/opt\/amphi\//, '');
      expect(existsSync(join(ROOT, path)), path).toBe(true);
    }
  }
  for (const { name, text } of stages.flat()) if (name === 'FROM') expect(text).toMatch(/:\d[\w.-]+/);
});

it('the image is made of sources: no history, nothing installed or built, no data', () => {
  const isIgnored = ignoring(readFileSync(join(ROOT, '.containerignore'), 'utf8'));
  const left = [
    '.git/HEAD',
    'node_modules/ws',
    'apps/server/dist/main.js',
    'apps/room/node_modules/x',
    'data/links.json',
  ];
  expect(left.filter((path) => !isIgnored(path))).toEqual([]);
  expect(['package.json', 'apps/server/src/main.ts', 'config/database'].filter(isIgnored)).toEqual([]);
});

it('the image has the libraries that the media worker is linked with', () => {
  const worker = join(ROOT, 'node_modules/mediasoup/worker/out/Release/mediasoup-worker');
  const linked = spawnSync('ldd', [worker], { encoding: 'utf8' }).stdout;
  const names = [...linked.matchAll(/^\s*(lib\S+) =>/gm)].map(([, name]) => name ?? '');
  expect(names).toContain('libc.so.6');
  // Of Debian's base system and of Node's image.
  const base = /^lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+|ssl|crypto|z)\.so/;
  const brought: Readonly<Record<string, RegExp>> = {
    libabsl20220623: /^libabsl_\w+\.so\.20220623/,
    libuv1: /^libuv\.so\.1/,
  };
  const runtime = stagesOf(textOf('container/Containerfile')).at(-1) ?? [];
  const installed = runtime.find(({ name }) => name === 'RUN')?.text ?? '';
  for (const name of names.filter((each) => !base.test(each))) {
    const [owner] = Object.entries(brought).find(([, pattern]) => pattern.test(name)) ?? [];
    expect(owner, `no Debian package is known for ${name}`).toBeDefined();
    expect(installed).toContain(owner);
  }
});

it('MET6: each alarm says what happened, where, and what to do', () => {
  interface Alarm {
    readonly alert: string;
    readonly expr: string;
    readonly labels: { readonly severity: string };
    readonly annotations: { readonly summary: string; readonly description: string };
  }
  const { groups } = parse(textOf('prometheus/alarms.yaml')) as { readonly groups: { readonly rules: Alarm[] }[] };
  const alarms = groups.flatMap(({ rules }) => rules);
  expect(new Set(alarms.map(({ alert }) => alert)).size).toBe(alarms.length);
  expect(alarms.length).toBeGreaterThan(10);
  for (const { alert, expr, labels, annotations } of alarms) {
    expect(expr, alert).toMatch(/^(up|[a-z(]*\b(amphi|nodejs|process)_)|^sum by/);
    expect(['page', 'ticket'], alert).toContain(labels.severity);
    expect(annotations.summary, alert).toContain('$labels.instance');
    expect(annotations.description.length, alert).toBeGreaterThan(40);
  }
});
