import { readFile, stat } from 'node:fs/promises';
import type { Clock, Logger, Millis, Scope } from '@amphi/base';
import {
  CertificateError,
  complaintOfAge,
  complaintsAbout,
  parseCertificate,
  type ServerCertificate,
} from './certificate.ts';

/** Looked at, not watched: renewals replace links, and network file systems tell nothing. */
const LOOK_EVERY_MS: Millis = 10_000;

const FAULT = 'the certificate is served, and has a fault';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Reads the files now, and again whenever one of them changes. What cannot be used is told once, and what was in use
 * stays so: certificate and key are not replaced at the same moment.
 * @returns what there is now; `undefined` when it cannot be used
 */
export async function followCertificateFiles(options: {
  readonly files: CertificateFiles;
  /** By which people reach the server. */
  readonly name?: string | undefined;
  readonly use: (certificate: ServerCertificate) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Pick<Scope, 'every'>;
}): Promise<ServerCertificate | undefined> {
  const { files, name, use, clock, logger, scope } = options;
  let seen: string | undefined;
  let told: string | undefined;
  let served: ServerCertificate | undefined;
  let toldAge: 'ending' | 'ended' | undefined;

  const judgeAge = (): void => {
    const complaint = served && complaintOfAge(served, clock.now());
    if (!complaint || complaint.age === toldAge) return;
    const { age, problem, remedy } = complaint;
    toldAge = age;
    logger.warn({ ...files, problem, remedy }, FAULT);
  };

  const look = async (): Promise<ServerCertificate | undefined> => {
    const state = await stateOf(files);
    if (state === seen) return undefined;
    seen = state;
    try {
      const certificate = await readCertificateFiles(files);
      told = undefined;
      served = certificate;
      const now = clock.now();
      for (const complaint of complaintsAbout(certificate, { now, name })) {
        logger.warn({ ...files, ...complaint }, FAULT);
      }
      toldAge = now > certificate.notAfter ? 'ended' : undefined;
      return certificate;
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      if (error.message !== told) {
        logger.error({ problem: error.message, remedy: error.remedy }, 'the certificate files cannot be used');
      }
      told = error.message;
      return undefined;
    }
  };

  let looking = false;
  scope.every(LOOK_EVERY_MS, () => {
    if (looking) return;
    looking = true;
    look()
      .then(
        (certificate) => {
          if (!certificate) return;
          logger.info({ validUntil: new Date(certificate.notAfter).toISOString() }, 'the certificate was read anew');
          use(certificate);
        },
        (error: unknown) => logger.error({ error: String(error) }, 'the certificate files could not be looked at'),
      )
      .finally(() => {
        looking = false;
        judgeAge();
      });
  });
  const first = await look();
  judgeAge();
  return first;
}

/** Changes when one of the files does, also when it comes or goes. */
async function stateOf({ certFile, keyFile }: CertificateFiles): Promise<string> {
  const states = await Promise.all(
    [certFile, keyFile].map((path) =>
      stat(path).then(
        ({ ino, size, mtimeMs, ctimeMs }) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`,
        (error: NodeJS.ErrnoException) => String(error.code),
      ),
    ),
  );
  return states.join('\n');
}

/** @throws CertificateError */
export async function readCertificateFiles({ certFile, keyFile }: CertificateFiles): Promise<ServerCertificate> {
  const [chain, key] = await Promise.all([readPem(certFile), readPem(keyFile)]);
  return parseCertificate({ chain, key, from: { chain: certFile, key: keyFile } });
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const remedies: Readonly<Record<string, string>> = {
      ENOENT: 'There is no such file: give its path from the root of the file system.',
      EACCES: 'Let the account that runs the server read it, and go through the folders that lead to it.',
      EISDIR: 'That is a folder: give the file in it.',
    };
    throw new CertificateError('unreadable', `${path} cannot be read (${code})`, {
      remedy: remedies[code ?? ''] ?? 'Give the path of a PEM file.',
      cause,
    });
  }
}
