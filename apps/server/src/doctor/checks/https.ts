import type { Millis } from '@amphi/base';
import type { Settings } from '../../settings.ts';
import { CertificateError, type Complaint, complaintsAbout } from '../../tls/certificate.ts';
import { readCertificateFiles } from '../../tls/certificate-files.ts';
import { askAuthority } from '../authority.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';

/** What the setting `tls` asks for, whether or not a server runs; what is shown to browsers is the check of the certificate. */
export const httpsCheck: Check = {
  id: 'https',
  title: 'HTTPS',
  timeoutMs: 12_000,
  async run({ settings, clock, signal }) {
    const { tls, publicUrl } = settings;
    switch (tls.mode) {
      case 'off':
        return [];
      case 'self-signed':
        return [ok('by an own authority, which each device has to be told to trust; the start says how')];
      case 'files':
        return judgeCertificateFiles(await lookAtFiles(tls, { name: nameIn(publicUrl), now: clock.now() }));
      case 'acme':
        return [judgeAuthority(tls.acme.directoryUrl, await askAuthority(tls.acme.directoryUrl, signal))];
    }
  },
};

/** What is wrong with certificate files: nothing can be served (`unusable`), or browsers will not like it. */
export type FilesFacts =
  | { readonly unusable: Complaint }
  | { readonly names: readonly string[]; readonly notAfter: Millis; readonly complaints: readonly Complaint[] };

async function lookAtFiles(
  { certFile, keyFile }: Pick<Settings['tls'], 'certFile' | 'keyFile'>,
  given: { readonly name: string | undefined; readonly now: Millis },
): Promise<FilesFacts> {
  try {
    // The settings' schema asks for both in this mode.
    const certificate = await readCertificateFiles({ certFile: certFile ?? '', keyFile: keyFile ?? '' });
    return { ...certificate, complaints: complaintsAbout(certificate, given) };
  } catch (error) {
    if (error instanceof CertificateError) return { unusable: { problem: error.message, remedy: error.remedy } };
    throw error;
  }
}

export function judgeCertificateFiles(facts: FilesFacts): readonly Finding[] {
  if ('unusable' in facts) {
    const { problem, remedy } = facts.unusable;
    return [fail(`${problem}: HTTPS cannot be served`, remedy)];
  }
  if (facts.complaints.length > 0) return facts.complaints.map(({ problem, remedy }) => fail(problem, remedy));
  const until = new Date(facts.notAfter).toISOString().slice(0, 10);
  return [ok(`certificate and key fit, for ${facts.names.join(', ')} until ${until}`)];
}

export function judgeAuthority(url: string, answer: Awaited<ReturnType<typeof askAuthority>>): Finding {
  const { host } = new URL(url);
  if ('problem' in answer) {
    return warn(
      `the certificate authority ${host} cannot be asked: ${answer.problem}`,
      'A certificate that is there goes on to be served, and is asked for again. Is tls.acme.directoryUrl right, and may this machine reach it?',
    );
  }
  return ok(`certificates of ${host}, which answers`);
}

function nameIn(publicUrl: string | undefined): string | undefined {
  return publicUrl === undefined ? undefined : new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
}
