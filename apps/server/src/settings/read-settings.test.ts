import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../settings.ts';
import { environmentNames } from './environment.ts';
import { parseJsonWithComments } from './json-with-comments.ts';
import { readSettings, settingNames } from './read-settings.ts';
import { redirectPortOf } from './tls.ts';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amphi-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): { AMPHI_SETTINGS: string } {
  writeFileSync(join(folder, 'amphi.jsonc'), text);
  return { AMPHI_SETTINGS: 'amphi.jsonc' };
}

/** The least that a certificate of an authority needs. */
const ACME = { AMPHI_TLS: 'acme', AMPHI_TLS_ACME_DOMAINS: 'live.example.org', AMPHI_TLS_ACME_AGREE_TO_TERMS: 'true' };

const problemsOf = (env: Record<string, string>): string[] => {
  try {
    readSettings(env, folder);
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
};

describe('settings', () => {
  it('have defaults for everything', () => {
    expect(readSettings({}, '/srv')).toMatchObject({
      port: 8080,
      host: '::',
      dataDir: '/srv/data',
      logLevel: 'info',
      rtc: { udpPort: 0, tcpPort: 0, iceServers: [] },
      sfu: {},
    });
  });

  it('come from the file, then from the environment, which wins', () => {
    const env = file(`{
      // a comment with "quotes"
      "port": 1, /* another */
      "publicUrl": "https://live.example.org//",
      "rtc": { "udpPort": 5000, "tcpPort": 5001, },
    }`);
    const problems = problemsOf(env);
    expect(problems[0]).toMatch(/^publicUrl: an origin, without a path/);
    const settings = readSettings(
      {
        ...env,
        AMPHI_PUBLIC_URL: 'https://live.example.org/',
        AMPHI_RTC_TCP_PORT: '6001',
        AMPHI_RTC_ADDRESSES: '127.0.0.1, 192.0.2.1',
        AMPHI_RTC_ANNOUNCED_ADDRESSES: '203.0.113.5,2001:db8::1,live.example.org',
        AMPHI_TRUST_PROXY: '10.0.0.0/8, ::1',
        AMPHI_RTC_ICE_SERVERS: '[{"urls":"stun:x"}]',
        AMPHI_RTC_TURN: '[{"urls":["turn:x?transport=udp","turns:x:443"],"secret":"0123456789abcdef"}]',
        AMPHI_HOST: '',
      },
      folder,
    );
    expect(settings).toMatchObject({
      port: 1,
      publicUrl: 'https://live.example.org',
      trustProxy: ['10.0.0.0/8', '::1'],
      rtc: {
        udpPort: 5000,
        tcpPort: 6001,
        addresses: ['127.0.0.1', '192.0.2.1'],
        announcedAddresses: ['203.0.113.5', '2001:db8::1', 'live.example.org'],
        iceServers: [{ urls: 'stun:x' }],
        turn: [{ urls: ['turn:x?transport=udp', 'turns:x:443'], secret: '0123456789abcdef', lifetimeS: 86_400 }],
      },
    });
  });

  it.each([
    [{ AMPHI_TLS: 'yes' }, /^tls\.mode: .*"off"\|"files"\|"acme"\|"self-signed".*got "yes" \(AMPHI_TLS\)/],
    [{ AMPHI_TLS: 'files', AMPHI_TLS_CERT_FILE: 'a.pem' }, /^tls\.keyFile: is needed when tls\.mode is files/],
    [{ AMPHI_TLS_CERT_FILE: 'a.pem' }, /^tls\.certFile: is for tls\.mode files, and that is off/],
    [{ AMPHI_TLS_REDIRECT_PORT: '80' }, /^tls\.redirectPort: is for HTTPS, and tls\.mode is off/],
    [{ AMPHI_TLS: 'self-signed', AMPHI_TLS_REDIRECT_PORT: 'on' }, /^tls\.redirectPort: a port from 0 to 65535, or off/],
    [
      { AMPHI_TLS: 'self-signed', AMPHI_PUBLIC_URL: 'http://x.example' },
      /^publicUrl: an https URL, as tls\.mode is self/,
    ],
    [
      { AMPHI_TLS: 'acme', AMPHI_TLS_ACME_AGREE_TO_TERMS: '1' },
      /^tls\.acme\.domains: is needed when tls\.mode is acme/,
    ],
    [{ AMPHI_TLS: 'acme', AMPHI_TLS_ACME_DOMAINS: 'x.example' }, /^tls\.acme\.agreeToTerms: must be true/],
    [{ AMPHI_TLS_ACME_DOMAINS: 'x.example' }, /^tls\.acme\.domains: is for tls\.mode acme, and that is off/],
    [{ ...ACME, AMPHI_TLS_ACME_DOMAINS: 'x.example,*.x.example' }, /^tls\.acme\.domains\.1: a domain name, such as/],
    [{ ...ACME, AMPHI_TLS_ACME_DOMAINS: '192.0.2.1' }, /^tls\.acme\.domains\.0: a domain name, such as/],
    [{ ...ACME, AMPHI_TLS_ACME_DIRECTORY_URL: 'http://x.example' }, /^tls\.acme\.directoryUrl: an https URL/],
    [{ ...ACME, AMPHI_TLS_ACME_CHALLENGES: 'dns-01' }, /^tls\.acme\.challenges\.0: .*"http-01"\|"tls-alpn-01"/],
    [{ ...ACME, AMPHI_TLS_ACME_EMAIL: 'me' }, /^tls\.acme\.email: /],
  ])('of HTTPS that do not fit together are named: %j', (env, problem) => {
    expect(problemsOf(env as Record<string, string>)).toEqual([expect.stringMatching(problem)]);
  });

  it('of HTTPS are one each for a LAN, for files, and three for a domain', () => {
    expect(readSettings({ AMPHI_TLS: 'self-signed' }, '/srv').tls.mode).toBe('self-signed');
    const files = { AMPHI_TLS: 'files', AMPHI_TLS_CERT_FILE: 'tls/cert.pem', AMPHI_TLS_KEY_FILE: '/etc/key.pem' };
    expect(readSettings(files, '/srv').tls).toMatchObject({ certFile: '/srv/tls/cert.pem', keyFile: '/etc/key.pem' });
    const acme = readSettings(ACME, '/srv');
    expect(acme.tls.acme.challenges).toEqual(['http-01', 'tls-alpn-01']);
    expect(redirectPortOf(acme)).toBe(80);
    expect(redirectPortOf({ ...acme, tls: { ...acme.tls, redirectPort: 'off' } })).toBeUndefined();
    expect(redirectPortOf(readSettings({ AMPHI_TLS: 'self-signed' }, '/srv'))).toBeUndefined();
    expect(redirectPortOf(readSettings({ AMPHI_TLS: 'self-signed', AMPHI_PORT: '443' }, '/srv'))).toBe(80);
  });

  it('name the nearest setting for an unknown one', () => {
    expect(problemsOf(file('{ "prot": 1, "rtc": { "udpport": 2 }, "zzzzzzzz": 3 }')).sort()).toEqual([
      'prot: no such setting; the nearest is port',
      'rtc.udpport: no such setting; the nearest is rtc.udpPort',
      'zzzzzzzz: no such setting',
    ]);
    expect(problemsOf({ AMPHI_DATADIR: '/x', AMPHI_EGRESS_PRESET: 'fast', AMPHI_CACHE_DIR: '/c' })).toEqual([
      'AMPHI_DATADIR: no such setting; the nearest is AMPHI_DATA_DIR',
    ]);
  });

  it('say what is allowed, what was given, and where', () => {
    expect(problemsOf({ AMPHI_PORT: 'eighty' })).toEqual([
      'port: Invalid input: expected number, received string, got "eighty" (AMPHI_PORT)',
    ]);
    expect(problemsOf({ AMPHI_PORT: '70000', AMPHI_LOG_LEVEL: 'loud' })).toHaveLength(2);
    expect(problemsOf({ AMPHI_DATABASE_URL: 'mysql://x' })[0]).toMatch(/^databaseUrl: a postgresql:\/\/ URL/);
    expect(problemsOf(file('{ "rtc": 7 }'))[0]).toMatch(/^rtc: .*got 7/);
  });

  it.each([
    ['rtc.turn.0.urls: turn:HOST', { turn: [{ urls: 'turn.example.org', secret: '0123456789abcdef' }] }],
    ['rtc.turn.0.urls.1: turn:HOST', { turn: [{ urls: ['turn:x', 'stun:x'], secret: '0123456789abcdef' }] }],
    ['rtc.turn.0.urls: a URL', { turn: [{ urls: 7, secret: '0123456789abcdef' }] }],
    ['rtc.turn.0.secret: at least 16', { turn: [{ urls: 'turn:x', secret: 'short' }] }],
    ['rtc.turn.0.lifetimeS: 600 to 604800', { turn: [{ urls: 'turn:x', secret: '0123456789abcdef', lifetimeS: 60 }] }],
    ['rtc.turn.0.credential: no such', { turn: [{ urls: 'turn:x', secret: '0123456789abcdef', credential: 'x' }] }],
    ['rtc.addresses.0: an IPv4 or IPv6 address', { addresses: ['live.example.org'] }],
    ['rtc.announcedAddresses.1: an IPv4 or IPv6 address, or a host name', { announcedAddresses: ['a', 'https://a'] }],
    ['rtc.announcedAddresses.0: an IPv4 or IPv6 address, or a host name', { announcedAddresses: ['203.0.113'] }],
    ['rtc.announcedAddresses.0: an IPv4 or IPv6 address, or a host name', { announcedAddresses: ['203.0.113.256'] }],
    [
      'rtc.announcedAddress: no such setting; the nearest is rtc.announcedAddresses',
      { announcedAddress: '203.0.113.5' },
    ],
    ['rtc.iceServers.0.urls: stun:', { iceServers: [{ urls: 'http://x' }] }],
    ['rtc.iceServers.0: a TURN server needs', { iceServers: [{ urls: ['stun:x', 'turn:x'], username: 'u' }] }],
  ])('refuse what browsers would refuse: %s', (problem, rtc) => {
    expect(problemsOf(file(JSON.stringify({ rtc })))[0]).toContain(problem);
  });

  it.each(['self', '*', 'https://www.example.org', 'https://*.example.org:8443', 'http://localhost:*'])(
    'EMB4: let %s frame rooms',
    (origin) => {
      expect(readSettings({ AMPHI_EMBEDDING_ORIGINS: origin }, folder).embedding.origins).toEqual([origin]);
    },
  );

  it.each(['www.example.org', 'https://www.example.org/', "'none'", 'https:', 'https://a;script-src *', 'data:'])(
    'EMB4: %s is nobody who could frame rooms',
    (origin) => {
      expect(problemsOf({ AMPHI_EMBEDDING_ORIGINS: origin })[0]).toMatch(/^embedding\.origins\.0: an origin such as/);
    },
  );

  it('do not repeat a secret', () => {
    expect(problemsOf(file('{ "rtc": { "turn": [{ "urls": "turn:x", "secret": "short" }] } }'))[0]).not.toContain(
      'short',
    );
    expect(problemsOf({ AMPHI_METRICS_TOKEN: 'short' })[0]).not.toContain('"short"');
  });

  it.each<[string, unknown]>([
    ['false', false],
    ['0', false],
    ['2', 2],
    ['loopback', ['loopback']],
  ])('BUD14: trust in proxies: %s', (text, value) => {
    expect(readSettings({ AMPHI_TRUST_PROXY: text }, folder).trustProxy).toEqual(value);
  });

  it.each(['true', 'proxy.example.org', '10.0.0.0/99'])('BUD14: trust in %s is refused with the remedy', (text) => {
    const [problem] = problemsOf({ AMPHI_TRUST_PROXY: text });
    expect(problem).toMatch(/^trustProxy: false, the number of proxies in front of the server, or their addresses/);
  });

  it('are refused when the file cannot be read', () => {
    expect(problemsOf(file('{ "port": }'))[0]).toMatch(/^AMPHI_SETTINGS: .*amphi\.jsonc cannot be read/);
    expect(problemsOf(file('[]'))[0]).toMatch(/must hold one JSON object/);
    expect(problemsOf({ AMPHI_SETTINGS: 'nowhere.json' })[0]).toMatch(/nowhere\.json cannot be read/);
  });

  it('each have an environment variable, and stand in the example and in the document', () => {
    // Limits have one variable together, and a document of their own.
    const names = [...new Set(settingNames().map((name) => (name.startsWith('limits.') ? 'limits' : name)))].sort();
    expect([...environmentNames.values()].sort()).toEqual(names);
    const example = readFileSync(join(repository, 'config/amphi.example.jsonc'), 'utf8');
    const document = readFileSync(join(repository, 'docs/settings.md'), 'utf8');
    for (const [variable, name] of environmentNames) {
      expect(example, name).toContain(variable);
      expect(example, name).toContain(`"${name.split('.').at(-1)}"`);
      expect(document, name).toMatch(new RegExp(`\\| \`${name}\` +\\| \`${variable}\` +\\|`));
    }
    expect(settingsSchema.parse(parseJsonWithComments(example))).toEqual(settingsSchema.parse({}));
  });

  it('BUD10: limits can all be set, and their defaults stand in the table', () => {
    const settings = readSettings({ AMPHI_LIMITS: '{"wrongCodesPerAddress": {"burst": 500}}' }, folder);
    expect(settings.limits.wrongCodesPerAddress).toEqual({ perSecond: 1, burst: 500 });
    expect(problemsOf({ AMPHI_LIMITS: '{"wrongCodesPerAddress": {"burst": 0}}' })[0]).toMatch(
      /^limits\.wrongCodesPerAddress\.burst: .*got 0/,
    );
    expect(problemsOf({ AMPHI_LIMITS: '{"wrongCodesPerAdress": {}}' })).toEqual([
      'limits.wrongCodesPerAdress: no such setting; the nearest is limits.wrongCodesPerAddress.burst',
    ]);
    const [, table = ''] = readFileSync(join(repository, 'docs/specs/budgets.md'), 'utf8').split('## Defaults');
    const rows = [...table.matchAll(/^\| `(\w+)` +\| ([^|]+?) +\|/gm)].map(([, name, value]) => [name, value]);
    const defaults = Object.entries(settingsSchema.parse({}).limits).map(([name, value]) => [
      name,
      typeof value === 'object' ? `${value.perSecond}/s, ${value.burst} at once` : String(value),
    ]);
    expect(rows.sort()).toEqual(defaults.sort());
  });
});

describe('JSON with comments', () => {
  it('leaves strings alone', () => {
    expect(parseJsonWithComments('{"a": "http://x/*y*/", "b": "\\\\", "c": ",}" /* , */, }')).toEqual({
      a: 'http://x/*y*/',
      b: '\\',
      c: ',}',
    });
  });

  it('is as strict as JSON otherwise', () => {
    for (const text of ['{a: 1}', "{'a': 1}", '[1,,]', '/* open', '"a\nb"']) {
      expect(() => parseJsonWithComments(text), text).toThrow(SyntaxError);
    }
  });
});
