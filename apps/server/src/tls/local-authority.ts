import { createPrivateKey, createPublicKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CodedError, type Millis, messageOf } from '@amphi/base';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { parseCertificate, type ServerCertificate } from './certificate.ts';
import { readIfThere, splitPem, writePrivate } from './private-files.ts';

const DAY_MS: Millis = 86_400_000;
/** Trusted by hand on every device, so it has to last. */
const AUTHORITY_LIFETIME_MS = 3650 * DAY_MS;
/** Phones refuse more than 825 days; a short one costs nothing, as it renews itself. */
const LEAF_LIFETIME_MS = 90 * DAY_MS;
/** Clocks of other machines may be behind. */
const BACKDATED_MS = DAY_MS;

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;

cryptoProvider.set(globalThis.crypto);

interface KeyPair {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}

/**
 * A certificate authority for this server only, in its data directory: who trusts it once trusts every certificate that
 * the server makes for its addresses. The key never leaves the directory.
 */
export class LocalAuthority {
  /** PEM, to be trusted by devices. */
  readonly certificate: string;
  /** SHA-256 of the certificate, as devices show it. */
  readonly fingerprint: string;
  readonly #subject: string;
  readonly #keys: KeyPair;

  private constructor(certificate: string, subject: string, keys: KeyPair) {
    this.certificate = certificate;
    this.fingerprint = new X509Certificate(certificate).fingerprint256;
    this.#subject = subject;
    this.#keys = keys;
  }

  /**
   * Reads the authority of `folder`, or makes one there: the first time, and when it would end before what it signs.
   * @throws CodedError `unusable_authority` for a file that is something else
   */
  static async open(folder: string, now: Millis): Promise<LocalAuthority> {
    const path = join(folder, 'authority.pem');
    const kept = await readIfThere(path);
    if (kept !== undefined) {
      const authority = await readAuthority(kept, path);
      if (now + LEAF_LIFETIME_MS < authority.notAfter) {
        return new LocalAuthority(authority.certificate, authority.subject, authority.keys);
      }
    }
    const { certificate, subject, keys } = await makeAuthority(now);
    await writePrivate(path, `${await exportKey(keys.privateKey)}${certificate}\n`);
    return new LocalAuthority(certificate, subject, keys);
  }

  /** A certificate for `names`: host names and addresses. */
  async issue(names: readonly string[], now: Millis): Promise<ServerCertificate> {
    const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
    const made = await X509CertificateGenerator.create({
      serialNumber: newSerialNumber(),
      subject: 'O=Amphi, CN=Amphi server',
      issuer: this.#subject,
      ...period(now, LEAF_LIFETIME_MS),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
        ...(await keyIdentifiers(keys.publicKey, this.#keys.publicKey)),
      ],
    });
    const from = { chain: 'the certificate of the own authority', key: 'the key of the own authority' };
    return parseCertificate({ chain: `${made.toString('pem')}\n`, key: await exportKey(keys.privateKey), from });
  }
}

async function makeAuthority(now: Millis): Promise<{ certificate: string; subject: string; keys: KeyPair }> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  // The name is shown in the device's list of authorities; the number tells two servers of one machine apart.
  const host = hostname().replace(/[^A-Za-z0-9.-]/g, '') || 'this machine';
  const subject = `O=Amphi, CN=Amphi on ${host} ${randomBytes(2).toString('hex')}`;
  const made = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialNumber(),
    name: subject,
    ...period(now, AUTHORITY_LIFETIME_MS),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: made.toString('pem'), subject, keys };
}

async function readAuthority(
  text: string,
  path: string,
): Promise<{ certificate: string; subject: string; keys: KeyPair; notAfter: Millis }> {
  try {
    const { key, chain } = splitPem(text);
    const certificate = new X509Certificate(chain);
    const privateKey = createPrivateKey(key);
    if (!certificate.publicKey.equals(createPublicKey(privateKey))) throw new Error('its key is of another one');
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    return {
      certificate: chain.trimEnd(),
      subject: certificate.subject.split('\n').join(', '),
      keys: {
        privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, KEY, true, ['sign']),
        publicKey: await webcrypto.subtle.importKey('spki', spki, KEY, true, ['verify']),
      },
      notAfter: Date.parse(certificate.validTo),
    };
  } catch (cause) {
    throw new CodedError(
      'unusable_authority',
      `${path} cannot be used: ${messageOf(cause)}\nPut back the file from a backup, or delete it: a new authority is made then, which devices must trust anew.`,
      { cause },
    );
  }
}

async function keyIdentifiers(own: webcrypto.CryptoKey, issuer: webcrypto.CryptoKey): Promise<Extension[]> {
  return [await SubjectKeyIdentifierExtension.create(own), await AuthorityKeyIdentifierExtension.create(issuer)];
}

function period(now: Millis, lifetimeMs: Millis): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + lifetimeMs) };
}

/** Positive, at most 20 octets (RFC 5280, 4.1.2.2). */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}
