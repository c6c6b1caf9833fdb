import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { CodedError, type Millis, messageOf } from '@amphi/base';
import { canonicalAddress } from '../network/local-addresses.ts';

/** A certificate with its chain and its key, read and found to belong together. */
export interface ServerCertificate {
  /** PEM: the server's own certificate, then those that lead to the authority. */
  readonly chain: string;
  /** PEM, PKCS #8, PKCS #1 or SEC 1. */
  readonly key: string;
  readonly notBefore: Millis;
  readonly notAfter: Millis;
  /** Names and addresses that it is for (subjectAltName, RFC 5280, 4.2.1.6). */
  readonly names: readonly string[];
  /** It vouches for itself: no browser trusts it. */
  readonly isSelfIssued: boolean;
}

export type CertificateErrorCode = 'unreadable' | 'malformed' | 'other_key';

/** The certificate cannot be served. `data.remedy` says what to do. */
export class CertificateError extends CodedError<CertificateErrorCode> {
  readonly remedy: string;

  constructor(code: CertificateErrorCode, message: string, options: { remedy: string; cause?: unknown }) {
    super(code, message, { cause: options.cause, data: { remedy: options.remedy } });
    this.name = 'CertificateError';
    this.remedy = options.remedy;
  }
}

/**
 * @param pem `from` says where the texts are from, for messages
 * @throws CertificateError
 */
export function parseCertificate(pem: {
  readonly chain: string;
  readonly key: string;
  readonly from: { readonly chain: string; readonly key: string };
}): ServerCertificate {
  const { from } = pem;
  const leaf = parse(pem.chain, (text) => new X509Certificate(text), {
    what: `${from.chain} holds no certificate`,
    remedy:
      'Give the PEM file that begins with -----BEGIN CERTIFICATE-----: the certificate of the server, then its chain.',
  });
  const key = parse(pem.key, (text) => createPrivateKey(text), {
    what: `${from.key} holds no private key`,
    remedy: 'Give the PEM file of the private key, without a passphrase.',
  });
  if (!leaf.publicKey.equals(createPublicKey(key))) {
    throw new CertificateError('other_key', `${from.key} is not the key of the certificate in ${from.chain}`, {
      remedy: 'Give the key that the certificate was requested with. After a renewal both files must be replaced.',
    });
  }
  return {
    chain: pem.chain,
    key: pem.key,
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
    names: namesOf(leaf),
    isSelfIssued: leaf.subject === leaf.issuer,
  };
}

function parse<T>(
  text: string,
  read: (text: string) => T,
  failure: { readonly what: string; readonly remedy: string },
): T {
  try {
    return read(text);
  } catch (cause) {
    throw new CertificateError('malformed', `${failure.what}: ${messageOf(cause)}`, { remedy: failure.remedy, cause });
  }
}

/** `DNS:live.example.org, IP Address:192.0.2.1`, as Node writes it. */
function namesOf({ subjectAltName }: X509Certificate): string[] {
  return [...(subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^\s,"]+)/g)].map(([, name]) =>
    canonicalName(name ?? ''),
  );
}

/** One form of a name or an address: Node writes IPv6 addresses of certificates in full. */
export function canonicalName(name: string): string {
  return canonicalAddress(name).toLowerCase();
}

/** Whether browsers take it for `name`: literally, or by a wildcard for the first label (RFC 6125, 6.4.3). */
export function isFor(certificate: Pick<ServerCertificate, 'names'>, name: string): boolean {
  const asked = canonicalName(name);
  const parent = isIP(asked) === 0 ? asked.slice(asked.indexOf('.') + 1) : undefined;
  return certificate.names.some((own) => own === asked || (parent !== undefined && own === `*.${parent}`));
}

/** Something about a certificate that can be served, and that people will see as an error. */
export interface Complaint {
  readonly problem: string;
  readonly remedy: string;
}

const CLOCK_REMEDY = 'Compare the clock of this machine with another one (timedatectl): it may be off.';

/** @param name by which people reach the server, when it is known */
export function complaintsAbout(
  certificate: Pick<ServerCertificate, 'names' | 'notBefore' | 'notAfter'>,
  { now, name }: { readonly now: Millis; readonly name?: string | undefined },
): readonly Complaint[] {
  const complaints: Complaint[] = [];
  const ofAge = complaintOfAge(certificate, now);
  if (ofAge?.age === 'ended') complaints.push({ problem: ofAge.problem, remedy: ofAge.remedy });
  if (now < certificate.notBefore) {
    complaints.push({
      problem: `the certificate is not valid before ${new Date(certificate.notBefore).toISOString()}, and it is ${new Date(now).toISOString()} on this machine`,
      remedy: CLOCK_REMEDY,
    });
  }
  if (name !== undefined && !isFor(certificate, name)) {
    complaints.push({
      problem: `the certificate is not for ${name}, but for ${certificate.names.join(', ') || 'no name'}`,
      remedy: `Get one for ${name}, or let publicUrl be a name that it is for.`,
    });
  }
  return complaints;
}

/** Whatever renews certificates has begun long before a sixth of the life is left. */
const ENDING_PART = 1 / 6;

/** What time brings about while a certificate is served: it will end soon, or has ended. `undefined`: neither. */
export function complaintOfAge(
  certificate: Pick<ServerCertificate, 'names' | 'notBefore' | 'notAfter'>,
  now: Millis,
): (Complaint & { readonly age: 'ending' | 'ended' }) | undefined {
  const { notBefore, notAfter } = certificate;
  if (now > notAfter) {
    return {
      age: 'ended',
      problem: `the certificate expired on ${day(notAfter)}; browsers refuse it`,
      remedy: `Renew it. If it is newer than that: ${CLOCK_REMEDY}`,
    };
  }
  if (notAfter - now > (notAfter - notBefore) * ENDING_PART) return undefined;
  return {
    age: 'ending',
    problem: `the certificate ends on ${day(notAfter)}, and no other one has come`,
    remedy: 'Look at what renews it: its last run has failed, or writes to other files than these.',
  };
}

function day(time: Millis): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** Two thirds of its life are over: time to get the next one, as long as there is time to fail. */
export function isDueForRenewal(
  { notBefore, notAfter }: Pick<ServerCertificate, 'notBefore' | 'notAfter'>,
  now: Millis,
): boolean {
  return now >= notBefore + ((notAfter - notBefore) * 2) / 3;
}
