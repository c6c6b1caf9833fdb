import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { findServerPrograms, freePorts, startPostgres, waitFor } from '@amphi/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { readSettings } from '../apps/server/src/settings/read-settings.ts';
import { authorityFolder, CERTIFICATE_FILE } from '../apps/server/src/tls/acme-certificate.ts';
import { isOnPath } from './setup/debian-packages.mjs';
import { commandOf, ignoring, stagesOf } from './setup/image/containerfile.mjs';
import { folderWith } from './setup/test/folder.ts';

/** What stands in `deploy/` says nothing that the program, the settings or the checkout do not know. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const deploy = (path: string): string => join(ROOT, 'deploy', path);
const textOf = (path: string): string => readFileSync(deploy(path), 'utf8');

const UNITS = ['amphi.service', 'amphi-turn-certificate.service', 'amphi-turn-certificate.path'];
/** Where a server keeps the certificate that it got from the authority which it asks by default. */
const CERTIFICATE = `tls/${authorityFolder(readSettings({}, '/').tls.acme.directoryUrl)}/${CERTIFICATE_FILE}`;

/** `NAME=value` lines, without comments. */
function variables(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}

it.runIf(isOnPath('systemd-analyze'))('the units are ones that systemd takes, and the server gets few rights', () => {
  const units = UNITS.map((name) => deploy(`systemd/${name}`));
  const verified = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' });
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

it('the units for coturn watch and take the certificate that the server of the unit keeps', () => {
  const path = `/var/lib/amphi/${CERTIFICATE}`;
  const lines = (name: string) => textOf(`systemd/amphi-turn-certificate.${name}`).split('\n');
  expect(lines('path')).toContain(`PathChanged=${path}`);
  expect(lines('service')).toContain(`ConditionPathExists=${path}`);
  expect(readFileSync(join(ROOT, 'config/turnserver.example.conf'), 'utf8')).toMatch(
    /^cert=\/etc\/coturn\/certificate\.pem\npkey=\/etc\/coturn\/certificate\.pem$/m,
  );
  const folder = folderWith({ 'certificate.pem': 'an old one', 'kept.pem': 'the new one' });
  const placed = new Map([
    [path, join(folder, 'kept.pem')],
    ['/etc/coturn/certificate.pem', join(folder, 'certificate.pem')],
    ['/etc/coturn/certificate.pem.new', join(folder, 'certificate.pem.new')],
    // Those of this account stand for those that only root may give a file to.
    ['root', userInfo().username],
    ['turnserver', String(userInfo().gid)],
  ]);
  for (const line of lines('service').filter((each) => each.startsWith('ExecStart=/'))) {
    const [program = '', ...args] = line.slice('ExecStart='.length).split(' ');
    const run = spawnSync(
      program,
      args.map((arg) => placed.get(arg) ?? arg),
      { encoding: 'utf8' },
    );
    expect(run.stderr).toBe('');
  }
  expect(readFileSync(join(folder, 'certificate.pem'), 'utf8')).toBe('the new one');
  expect(statSync(join(folder, 'certificate.pem')).mode & 0o777).toBe(0o640);
});

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
}

/** As an engine reads it, with a `.env` that has what docs/deploy.md asks for. */
function compose(): { readonly services: Readonly<Record<string, Service>>; readonly volumes: object } {
  const given: Record<string, string> = {
    AMPHI_NAME: 'live.example.org',
    AGREE_TO_TERMS: 'true',
    POSTGRES_PASSWORD: 'secret',
    TURN_NAME: 'turn.example.org',
    TURN_SECRET: 'a-long-random-text-of-32-characters',
  };
  const text = textOf('container/compose.yaml').replace(/\$\{(\w+)(?::\?[^}]+)?\}/g, (_whole, name: string) => {
    expect(given, `\${${name}}`).toHaveProperty(name);
    return given[name] ?? '';
  });
  const guide = readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8');
  expect(Object.keys(given).filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  return parse(text.replaceAll('$$', '$'));
}

it('the compose file sets what the program reads, and nothing that has to be guessed', () => {
  const { services, volumes } = compose();
  expect(Object.keys(services)).toEqual(['amphi', 'postgres', 'turn']);
  const settings = readSettings(services.amphi?.environment ?? {}, '/opt/amphi');
  expect(settings.databaseUrl).toBe('postgresql://amphi:secret@127.0.0.1:5432/amphi');
  expect(settings.tls).toMatchObject({
    mode: 'acme',
    acme: { domains: ['live.example.org', 'turn.example.org'], agreeToTerms: true },
  });
  expect(settings.rtc.turn).toEqual([
    expect.objectContaining({
      urls: [
        'turn:turn.example.org:3478?transport=udp',
        'turn:turn.example.org:3478?transport=tcp',
        'turns:turn.example.org:5349?transport=tcp',
      ],
    }),
  ]);
  for (const { volumes: mounted = [] } of Object.values(services)) {
    const named = mounted.map((mount) => mount.split(':')[0] ?? '').filter((name) => !name.startsWith('.'));
    for (const name of named) expect(volumes).toHaveProperty(name);
  }
});

const programs = findServerPrograms();

it.runIf(programs)('PostgreSQL of the compose file is asked by its own program whether it is ready', () => {
  const { environment = {}, healthcheck } = compose().services.postgres ?? {};
  expect(environment).toEqual({ POSTGRES_USER: 'amphi', POSTGRES_DB: 'amphi', POSTGRES_PASSWORD: 'secret' });
  const [how, program = '', ...args] = healthcheck?.test ?? [];
  expect(how).toBe('CMD');
  const postgres = startPostgres(programs ?? '');
  const ask = () =>
    spawnSync(join(programs ?? '', program), args, {
      env: { PGHOST: new URL(postgres.url).searchParams.get('host') ?? '' },
      encoding: 'utf8',
    });
  const ready = ask();
  postgres.stop();
  expect(ready.status, ready.stderr).toBe(0);
  expect(ask().status).toBe(2);
});

it.runIf(isOnPath('turnserver'))(
  'coturn of the compose file waits for the certificate of the server, and shows it',
  async () => {
    const { entrypoint = [], command = [], volumes } = compose().services.turn ?? {};
    expect(volumes).toContain('tls:/tls:ro');
    expect(compose().services.amphi?.volumes).toContain('tls:/var/lib/amphi/tls');
    const inside = `/${CERTIFICATE}`;
    expect(entrypoint).toContain(inside);
    const folder = folderWith();
    const certificate = join(folder, 'certificate.pem');
    const configuration = join(ROOT, 'config/turnserver.example.conf');
    const placed = new Map([
      [inside, certificate],
      ['/etc/coturn/turnserver.conf', configuration],
    ]);
    const [port, tlsPort] = (await freePorts(2)) as [number, number];
    const [program = '', ...args] = [...entrypoint, ...command].map((word) => placed.get(word) ?? word);
    const own = [`--listening-port=${port}`, `--tls-listening-port=${tlsPort}`, '--listening-ip=127.0.0.1'];
    const child = spawn(program, [...args, ...own, '--relay-ip=127.0.0.1', `--pidfile=${join(folder, 'pid')}`], {
      stdio: 'ignore',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
    const made = spawnSync('openssl', [...request, '-subj', '/CN=turn.example.org', '-keyout', '-'], {
      encoding: 'utf8',
    }).stdout;
    expect(child.exitCode).toBeNull();
    writeFileSync(`${certificate}.new`, made);
    renameSync(`${certificate}.new`, certificate);
    const shown = await waitFor('coturn speaks TLS', async () => {
      expect(child.exitCode).toBeNull();
      const socket = connect({ host: '127.0.0.1', port: tlsPort, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      return raw;
    });
    expect(new X509Certificate(shown).raw).toEqual(new X509Certificate(made).raw);
  },
);

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
