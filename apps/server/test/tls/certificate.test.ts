import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Scope, silentLogger } from '@amphi/base';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { complaintsAbout, isDueForRenewal, isFor, parseCertificate } from '../../src/tls/certificate.ts';
import { LocalAuthority } from '../../src/tls/local-authority.ts';
import { keepSelfSigned } from '../../src/tls/self-signed.ts';
import { LONG_AGO, NEXT_WEEK, type TestAuthority, testAuthority } from './certificates.ts';

const DAY_MS = 86_400_000;
const from = { chain: '/etc/cert.pem', key: '/etc/key.pem' };

let ca: TestAuthority;

beforeAll(async () => {
  ca = await testAuthority();
});
afterAll(() => ca.remove());

describe('a certificate', () => {
  it('is read with its names, whatever their notation', async () => {
    const { chain, key } = await ca.issue(['Live.Example.org', '192.0.2.1', '2001:db8::1', '*.rooms.example.org']);
    const read = parseCertificate({ chain, key, from });
    expect(read.names).toEqual(['live.example.org', '192.0.2.1', '2001:db8::1', '*.rooms.example.org']);
    for (const name of ['LIVE.example.org', '2001:DB8:0::1', 'a.rooms.example.org'])
      expect(isFor(read, name)).toBe(true);
    for (const name of ['example.org', 'rooms.example.org', 'a.b.rooms.example.org', '192.0.2.2']) {
      expect(isFor(read, name)).toBe(false);
    }
  });

  it('TLS4: that expired, is not valid yet, or is for another name is served, with a complaint and its remedy', async () => {
    const now = Date.now();
    const old = complaintsAbout(await ca.issue(['a.example.org'], LONG_AGO()), { now });
    expect(old).toEqual([
      { problem: expect.stringMatching(/expired on \d{4}-/), remedy: expect.stringMatching(/^Renew/) },
    ]);
    const early = complaintsAbout(await ca.issue(['a.example.org'], NEXT_WEEK()), { now });
    expect(early).toEqual([
      { problem: expect.stringContaining('not valid before'), remedy: expect.stringContaining('timedatectl') },
    ]);
    const foreign = complaintsAbout(await ca.issue(['a.example.org']), { now, name: 'b.example.org' });
    expect(foreign).toEqual([
      {
        problem: 'the certificate is not for b.example.org, but for a.example.org',
        remedy: expect.stringContaining('b.example.org'),
      },
    ]);
    expect(complaintsAbout(await ca.issue(['a.example.org']), { now, name: 'a.example.org' })).toEqual([]);
  });

  it('TLS3: that is no certificate, or has the key of another, is refused by the file that is wrong', async () => {
    const [one, other] = await Promise.all([ca.issue(['a.example.org']), ca.issue(['a.example.org'])]);
    expect(() => parseCertificate({ chain: 'hello', key: one.key, from })).toThrow(
      '/etc/cert.pem holds no certificate',
    );
    expect(() => parseCertificate({ chain: one.chain, key: '', from })).toThrow('/etc/key.pem holds no private key');
    expect(() => parseCertificate({ chain: one.chain, key: other.key, from })).toThrow(
      '/etc/key.pem is not the key of the certificate in /etc/cert.pem',
    );
  });

  it('TLS11: is due when two thirds of its life are over', () => {
    const life = { notBefore: 0, notAfter: 90 * DAY_MS };
    expect(isDueForRenewal(life, 60 * DAY_MS - 1)).toBe(false);
    expect(isDueForRenewal(life, 60 * DAY_MS)).toBe(true);
  });
});

describe('the own authority', () => {
  it('TLS13: is made once, for this account only, and found again', async () => {
    const folder = join(ca.folder, 'own');
    const now = Date.now();
    const made = await LocalAuthority.open(folder, now);
    const again = await LocalAuthority.open(folder, now);
    expect(again.fingerprint).toBe(made.fingerprint);
    expect((await stat(join(folder, 'authority.pem'))).mode & 0o077).toBe(0);
    expect(await again.issue(['localhost'], now)).toMatchObject({ names: ['localhost'], isSelfIssued: false });
  });

  it('TLS13: is made anew when it would end before what it signs', async () => {
    const folder = join(ca.folder, 'ending');
    const now = Date.now();
    const made = await LocalAuthority.open(folder, now - 3600 * DAY_MS);
    expect((await LocalAuthority.open(folder, now)).fingerprint).not.toBe(made.fingerprint);
  });

  it('TLS13: that is damaged is named, with what to do, and not replaced behind the back of who trusts it', async () => {
    const folder = join(ca.folder, 'damaged');
    const path = join(folder, 'authority.pem');
    await LocalAuthority.open(folder, Date.now());
    const text = await readFile(path, 'utf8');
    for (const damaged of ['', 'x', text.slice(0, 300), text.replace('CERTIFICATE', 'CERTIFICAT')]) {
      await writeFile(path, damaged);
      await expect(LocalAuthority.open(folder, Date.now())).rejects.toMatchObject({
        code: 'unusable_authority',
        message: expect.stringContaining(`${path} cannot be used`),
      });
    }
  });

  it('TLS13: makes another certificate when the machine got an address, and before the end of the last', async () => {
    const clock = new VirtualClock(Date.now());
    const scope = new Scope({ clock });
    const use = vi.fn();
    let names = ['localhost', '192.168.1.5'];
    const options = { authority: ca.authority, names: () => names, use, clock, logger: silentLogger, scope };
    const first = await keepSelfSigned(options);
    expect(first.names).toEqual(names);
    clock.advance(60_000);
    expect(use).not.toHaveBeenCalled();
    names = ['localhost', '10.0.0.7'];
    clock.advance(30_000);
    await waitFor('a certificate for the new address', () => use.mock.calls.length === 1);
    expect(use.mock.calls[0]![0]).toMatchObject({ names });
    clock.advance(61 * DAY_MS);
    await waitFor('a certificate before the end', () => use.mock.calls.length === 2);
    expect(use.mock.calls[1]![0].notAfter).toBeGreaterThan(first.notAfter);
    scope.close();
  });
});
