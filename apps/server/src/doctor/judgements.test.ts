import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { describe, expect, it } from 'vitest';
import { collectingLogger } from '../../test/sessions/collecting-logger.ts';
import { askAuthority } from './authority.ts';
import { type Finding, sizeText } from './check.ts';
import { judgeMedia, judgePage, judgeReach } from './checks/addresses.ts';
import { judgeCertificate, judgePlain } from './checks/certificate.ts';
import { judgeClock } from './checks/clock.ts';
import { judgeDisk, judgeDiskError } from './checks/disk.ts';
import { judgeEncoder } from './checks/encoder.ts';
import { judgeAuthority, judgeCertificateFiles } from './checks/https.ts';
import { judgeFiles, judgeUdp, readOpenFiles, readUdpCounters } from './checks/limits.ts';
import { judgeMemory } from './checks/memory.ts';
import { judgeNode } from './checks/node.ts';
import { judgeMediaPorts, judgePorts } from './checks/ports.ts';
import { judgeTurn } from './checks/turn.ts';
import { inodesOf } from './port-owner.ts';
import { reportClock } from './report-clock.ts';

/** What is made of measurements: each limit from both sides. */

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const NOW = Date.parse('2026-11-28T10:00:00Z');
const DAY = 86_400_000;

/** Whatever is not right says what to do. */
function expectFinding(finding: Finding | undefined, state: Finding['state'], what: RegExp): void {
  expect(finding).toMatchObject({ state, what: expect.stringMatching(what) });
  expect(Boolean(finding?.remedy)).toBe(state !== 'ok');
}

it.each([
  ['20.19.0', 'ok'],
  ['20.18.3', 'fail'],
  ['18.20.0', 'fail'],
  ['22.0.0', 'ok'],
] as const)('Node %s is %s', (version, state) => expectFinding(judgeNode(version), state, new RegExp(version)));

it.each([
  [4 * GIB, 'ok'],
  [1535 * MIB, 'warn'],
  [511 * MIB, 'fail'],
] as const)('%d bytes of memory are %s', (availableBytes, state) =>
  expectFinding(judgeMemory({ availableBytes, cores: 2 }), state, /available, 2 cores/),
);

describe('the disk', () => {
  it.each([
    [10 * GIB, 100 * MIB, 'ok'],
    [4 * GIB - 1, 100 * MIB, 'warn'],
    [511 * MIB, 100 * MIB, 'fail'],
    [10 * GIB, 19 * MIB, 'warn'],
    [10 * GIB, MIB, 'fail'],
  ] as const)('with %d bytes free, written at %d a second, is %s', (freeBytes, bytesPerS, state) =>
    expectFinding(judgeDisk({ dataDir: '/data', freeBytes, bytesPerS }), state, /free in \/data/),
  );

  it.each([
    ['ENOENT', 'warn', /not there yet/],
    ['EACCES', 'fail', /cannot be written to/],
    ['ENOSPC', 'fail', /full/],
    ['EFBIG', 'fail', /limit/],
    ['EIO', 'fail', /cannot be used/],
  ] as const)('that answers %s is %s', (code, state, what) =>
    expectFinding(judgeDiskError('/data', Object.assign(new Error(code), { code })), state, what),
  );
});

describe('limits', () => {
  it('of open files', () => {
    const line =
      'Max processes  1 1 processes\nMax open files            20000                20000                files\n';
    expect(readOpenFiles(line)).toBe(20_000);
    expect(readOpenFiles('Max open files            unlimited            unlimited            files')).toBe(Infinity);
    expectFinding(judgeFiles(Infinity), 'ok', /any number/);
    expectFinding(judgeFiles(8192), 'ok', /8192/);
    expectFinding(judgeFiles(4096), 'warn', /4096/);
    expectFinding(judgeFiles(256), 'fail', /too few/);
  });

  it('of UDP buffers', () => {
    const snmp =
      'Ip: Forwarding\nIp: 1\nUdp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 1000000 2 150 9 101\n';
    expect(readUdpCounters(snmp)).toEqual({ received: 1_000_000, lost: 101 });
    expect(readUdpCounters('')).toEqual({ received: 0, lost: 0 });
    const judge = (receiveBytes: number, lost: number) =>
      judgeUdp({ receiveBytes, sendBytes: 212_992, received: 1_000_000, lost });
    expectFinding(judge(212_992, 100), 'ok', /208 KiB/);
    expectFinding(judge(212_992, 101), 'warn', /101 of 1000101 packets/);
    expectFinding(judge(65_536, 0), 'warn', /smaller/);
  });
});

describe('the clock', () => {
  const facts = { nowMs: NOW, isSynchronized: true, builtMs: NOW - DAY, usedMs: NOW - 1000 };
  it.each([
    ['kept right', facts, 'ok', /NTP/],
    ['without systemd', { ...facts, isSynchronized: undefined }, 'ok', /2026-11-28 10:00:00 UTC$/],
    ['kept right by nobody', { ...facts, isSynchronized: false }, 'warn', /nobody/],
    ['a day behind the files', { ...facts, usedMs: NOW + DAY }, 'fail', /24 hours before files/],
    ['a day behind the program', { ...facts, builtMs: NOW + DAY, usedMs: undefined }, 'fail', /24 hours before/],
    [
      'a day behind others',
      { ...facts, other: { name: 'ca.example', nowMs: NOW + DAY } },
      'fail',
      /24 hours behind ca/,
    ],
    [
      'a week ahead of others',
      { ...facts, other: { name: 'ca.example', nowMs: NOW - 7 * DAY } },
      'fail',
      /7 days ahead/,
    ],
    ['as others', { ...facts, isSynchronized: undefined, other: { name: 'ca.example', nowMs: NOW } }, 'ok', /as ca/],
  ] as const)('%s', (_what, given, state, what) => expectFinding(judgeClock(given), state, what));
});

it('at the start of a server: a clock that is a day behind is a warning with its remedy, another is no word (DOC9)', async () => {
  const { entries, logger } = collectingLogger();
  const folder = await mkdtemp(join(tmpdir(), 'amphi-clock-'));
  const report = (clock: Clock) => reportClock({ dataDir: folder, clock, logger });
  await report(new VirtualClock(Date.now()));
  await report(new VirtualClock(Date.now() + DAY));
  expect(entries).toEqual([]);
  await report(new VirtualClock(Date.now() - DAY));
  await rm(folder, { recursive: true });
  expect(entries).toEqual([
    {
      level: 'warn',
      message: 'the clock of this machine is off',
      fields: {
        problem: expect.stringMatching(/24 hours before files/),
        remedy: expect.stringContaining('timedatectl'),
      },
    },
  ]);
});

describe('ports', () => {
  const use = (port: number, state: Parameters<typeof judgePorts>[0][number]['state'], setting = 'port') =>
    ({ protocol: 'tcp', address: '::', port, setting, state }) as const;
  it.each([
    ['free', [use(8080, { is: 'free' })], 'ok', /^TCP 8080: free$/],
    ['ours', [use(8080, { is: 'ours' })], 'ok', /^TCP 8080: this server$/],
    ['others', [use(8080, { is: 'taken', by: { pid: 7, name: 'nginx' } })], 'fail', /taken by nginx, process 7/],
    ['unknown', [use(8080, { is: 'taken', by: undefined })], 'warn', /may not look at/],
    ['forbidden', [use(443, { is: 'forbidden' })], 'fail', /443 \(port\) may not be opened/],
    ['of no address', [use(80, { is: 'no such address' })], 'fail', /no such address/],
    [
      'of encoders, and taken',
      [use(1935, { is: 'taken', by: { pid: 7, name: 'nginx' } }, 'rtmp.port')],
      'warn',
      /taken by nginx, process 7; without it no encoder/,
    ],
    [
      'of redirects, and forbidden',
      [use(80, { is: 'forbidden' }, 'tls.redirectPort')],
      'warn',
      /may not be opened by this account; without it plain HTTP/,
    ],
  ] as const)('that are %s', (_what, uses, state, what) => {
    const findings = judgePorts(uses);
    expect(findings).toHaveLength(1);
    expectFinding(findings[0], state, what);
  });

  it('in ranges', () => {
    const media = [40_000, 40_001].map((port) => use(port, { is: 'ours' }, 'rtc.tcpPort'));
    expect(judgePorts([use(8080, { is: 'ours' }), ...media])[0]!.what).toBe('TCP 8080, TCP 40000–40001: this server');
  });

  it('of media that change with each start', () => {
    expect(judgeMediaPorts({ udpPort: 1, tcpPort: 1 })).toEqual([]);
    expectFinding(judgeMediaPorts({ udpPort: 0, tcpPort: 1 })[0], 'warn', /\(rtc.udpPort is 0\)/);
  });

  it('have owners, by the kernel', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0',
      '   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0',
      '   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0',
    ].join('\n');
    expect(inodesOf(table, 'tcp', 8080)).toEqual(['4711']);
    expect(inodesOf(table, 'udp', 8080)).toEqual(['4711', '4712']);
    expect(inodesOf(table, 'tcp', 81)).toEqual([]);
  });
});

describe('addresses', () => {
  const own = ['127.0.0.1', '192.168.1.10'];
  it.each([
    ['not set', undefined, undefined, 'warn', /not set/],
    ['without an address', 'https://live.example.org', [], 'fail', /no address/],
    ['that leads here', 'https://live.example.org', ['192.168.1.10'], 'ok', /leads to 192/],
    ['that leads to what is told', 'https://live.example.org', ['203.0.113.5'], 'ok', /leads to 203/],
    ['that leads elsewhere', 'https://live.example.org', ['198.51.100.7'], 'warn', /neither/],
  ] as const)('of pages: %s', (_what, publicUrl, leadsTo, state, what) =>
    expectFinding(judgePage(leadsTo, { publicUrl, own, told: ['203.0.113.5'] })[0], state, what),
  );

  it.each([
    ['public', ['203.0.113.5', '192.168.1.10'], 'https://live.example.org', 'ok', /203.*everywhere.*192.*its network/],
    ['in a LAN', ['192.168.1.10'], undefined, 'ok', /not reached/],
    ['in a LAN, by address', ['192.168.1.10'], 'http://192.168.1.10:8080', 'ok', /not reached/],
    ['in a LAN, but meant for all', ['192.168.1.10'], 'https://live.example.org', 'warn', /nobody else/],
    ['on this machine', ['127.0.0.1'], undefined, 'warn', /nobody else/],
  ] as const)('of media: %s', (_what, announced, publicUrl, state, what) =>
    expectFinding(judgeMedia({ announced, names: [], publicUrl })[0], state, what),
  );

  it('of media: a name that is none', () => {
    const names = [{ name: 'nowhere.example', addresses: [] }];
    expectFinding(
      judgeMedia({ announced: ['203.0.113.5'], names, publicUrl: undefined })[0],
      'fail',
      /nowhere\.example/,
    );
  });

  it('that lead back, and that do not', () => {
    const [good, bad] = judgeReach([
      { address: '203.0.113.5', port: 40_000, error: undefined },
      { address: '203.0.113.6', port: 40_000, error: 'no answer' },
    ]);
    expectFinding(good, 'ok', /leads back/);
    expectFinding(bad, 'warn', /no answer/);
  });
});

describe('the certificate', () => {
  const good = { validFrom: NOW - DAY, validTo: NOW + 60 * DAY, problem: undefined, names: ['live.example.org'] };
  it.each([
    ['good', good, 'ok', /valid until 2027-01-27/],
    ['near its end', { ...good, validTo: NOW + 13 * DAY }, 'warn', /in 13 days/],
    ['expired', { ...good, validTo: NOW - 1, problem: 'CERT_HAS_EXPIRED' }, 'fail', /ended on 2026-11-28/],
    ['of tomorrow', { ...good, validFrom: NOW + DAY, problem: 'CERT_NOT_YET_VALID' }, 'fail', /not valid before/],
    [
      'of another name',
      { ...good, problem: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      'fail',
      /is for live\.example\.org, and not/,
    ],
    ['without chain', { ...good, problem: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'fail', /chain/],
    ['of its own authority', { ...good, problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'warn', /own authority/],
    ['revoked', { ...good, problem: 'CERT_REVOKED' }, 'fail', /CERT_REVOKED/],
  ] as const)('%s', (_what, shown, state, what) =>
    expectFinding(judgeCertificate(shown, { host: 'live.example.org', nowMs: NOW }), state, what),
  );

  it('that there is none', () => expectFinding(judgePlain('http://live.example.org'), 'warn', /without HTTPS/));
});

describe('HTTPS as the settings want it', () => {
  const expired = { problem: 'the certificate expired on 2026-11-01; browsers refuse it', remedy: 'Renew it.' };
  const files = { names: ['live.example.org'], notAfter: NOW + 60 * DAY, complaints: [] };

  it.each([
    ['files that fit', files, 'ok', /fit, for live\.example\.org until 2027-01-27/],
    ['an expired certificate', { ...files, complaints: [expired] }, 'fail', /expired on/],
    [
      'a key of another one',
      { unusable: { problem: 'key.pem is not the key of the certificate in cert.pem', remedy: 'Give the key.' } },
      'fail',
      /not the key .* cannot be served/,
    ],
  ] as const)('%s', (_what, facts, state, what) => expectFinding(judgeCertificateFiles(facts)[0], state, what));

  it('names each thing that is wrong with the files', () => {
    const name = { problem: 'the certificate is not for a.example, but for b.example', remedy: 'Get one.' };
    expect(judgeCertificateFiles({ ...files, complaints: [expired, name] }).map(({ state }) => state)).toEqual([
      'fail',
      'fail',
    ]);
  });

  it('an authority that answers, with its clock, and one that does not', async () => {
    const url = 'https://ca.example/dir';
    const signal = new AbortController().signal;
    const ask = (answer: () => Promise<Response>) => askAuthority(url, signal, answer);
    const date = new Date(NOW).toUTCString();
    const good = await ask(async () => new Response('{}', { headers: { date } }));
    expect(good).toEqual({ nowMs: NOW });
    expectFinding(judgeAuthority(url, good), 'ok', /ca\.example, which answers/);
    expectFinding(judgeAuthority(url, await ask(async () => new Response('', { status: 503 }))), 'warn', /answers 503/);
    const down = await ask(async () => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 192.0.2.1:443') });
    });
    expectFinding(judgeAuthority(url, down), 'warn', /ECONNREFUSED/);
  });
});

it('TURN servers: none, good and bad ones', () => {
  expectFinding(judgeTurn([])[0], 'warn', /no TURN server/);
  const [good, bad] = judgeTurn([
    { url: 'turn:a', relayedAddress: '203.0.113.5:50000' },
    { url: 'turn:b', problem: { what: 'it refuses', remedy: 'Do.' } },
  ]);
  expectFinding(good, 'ok', /turn:a gives/);
  expectFinding(bad, 'fail', /turn:b: it refuses/);
});

it.each([
  [0.25, 4, 'ok', /11 streams at a time on 4 cores/],
  [0.6, 1, 'ok', /1 stream at a time on 1 core$/],
  [0.9, 1, 'warn', /little left/],
  [1.2, 1, 'fail', /left out/],
] as const)('%d of a core for a stream, of %d, is %s', (cpuSecondsPerSecond, cores, state, what) =>
  expectFinding(judgeEncoder({ cpuSecondsPerSecond, cores }), state, what),
);

it('sizes are told in units of people', () => {
  expect([0, 1023, 1024, 1536, 20 * MIB, 1.5 * GIB].map(sizeText)).toEqual([
    '0 bytes',
    '1023 bytes',
    '1.0 KiB',
    '1.5 KiB',
    '20 MiB',
    '1.5 GiB',
  ]);
});
