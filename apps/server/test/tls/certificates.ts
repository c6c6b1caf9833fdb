import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Millis } from '@amphi/base';
import type { ServerCertificate } from '../../src/tls/certificate.ts';
import { LocalAuthority } from '../../src/tls/local-authority.ts';

const DAY_MS = 86_400_000;

/** An authority of its own in a folder of its own, and certificates of any kind from it. */
export interface TestAuthority {
  readonly folder: string;
  readonly authority: LocalAuthority;
  /** @param issuedAt now; 91 days ago makes one that has expired, a week from now one that is not valid yet */
  issue(names: readonly string[], issuedAt?: Millis): Promise<ServerCertificate>;
  /** Writes `cert.pem` and `key.pem` into the folder. */
  write(certificate: { readonly chain: string; readonly key: string }): Promise<{ certFile: string; keyFile: string }>;
  remove(): Promise<void>;
}

export const LONG_AGO = (): Millis => Date.now() - 91 * DAY_MS;
export const NEXT_WEEK = (): Millis => Date.now() + 7 * DAY_MS;

export async function testAuthority(): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'amphi-tls-'));
  const authority = await LocalAuthority.open(join(folder, 'authority'), Date.now());
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  return {
    folder,
    authority,
    issue: (names, issuedAt = Date.now()) => authority.issue(names, issuedAt),
    async write({ chain, key }) {
      await writeFile(files.keyFile, key);
      await writeFile(files.certFile, chain);
      return files;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
