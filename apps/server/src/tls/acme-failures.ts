import { type Millis, messageOf } from '@amphi/base';
import type { AcmeSettings, ChallengeType } from '../settings/tls.ts';
import { AcmeProblem } from './acme-requests.ts';
import type { Complaint } from './certificate.ts';

/** A domain that the authority did not find here. */
export class ChallengeRefused extends Error {
  readonly domain: string;
  readonly type: ChallengeType;

  constructor(domain: string, type: ChallengeType, cause: unknown) {
    super(`${domain} by ${type}: ${messageOf(cause)}`, { cause });
    this.name = 'ChallengeRefused';
    this.domain = domain;
    this.type = type;
  }
}

export interface AcmeFailure extends Complaint {
  /** At the earliest; by what the authority said. */
  readonly retryAfterMs?: Millis | undefined;
}

/** Why no certificate was got, and what a person can do. */
export function explainAcmeFailure(error: unknown, { directoryUrl }: Pick<AcmeSettings, 'directoryUrl'>): AcmeFailure {
  if (error instanceof ChallengeRefused) return explainChallenge(error);
  if (error instanceof AcmeProblem) return explainProblem(error);
  const host = new URL(directoryUrl).host;
  const code = String((error as NodeJS.ErrnoException | undefined)?.code ?? '');
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED') {
    return {
      problem: `${host} shows a certificate that is not valid at ${new Date().toISOString()}, the time of this machine`,
      remedy: 'Compare the clock of this machine with another one (timedatectl): it is probably off.',
    };
  }
  if (TRUST.test(code)) {
    return {
      problem: `${host} shows a certificate that this machine does not trust (${code})`,
      remedy:
        'Is tls.acme.directoryUrl right? For an authority of your own, name its root: NODE_EXTRA_CA_CERTS=/path/root.pem',
    };
  }
  if (NETWORK.test(code)) {
    return {
      problem: `${host} cannot be reached (${code})`,
      remedy:
        'Is this machine online, does it resolve names, and does its firewall let it out to port 443? Is tls.acme.directoryUrl right?',
    };
  }
  return {
    problem: `${host}: ${messageOf(error).slice(0, 500)}`,
    remedy: 'Is tls.acme.directoryUrl the directory of an ACME server (RFC 8555)?',
  };
}

const TRUST = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/;
const NETWORK =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|ERR_NETWORK|EPROTO)$/;

function explainChallenge(refused: ChallengeRefused): AcmeFailure {
  const { domain, type, cause } = refused;
  const code = cause instanceof AcmeProblem ? cause.code : '';
  const port = type === 'http-01' ? 80 : 443;
  const remedies: Readonly<Record<string, string>> = {
    dns: `Let an A or AAAA record of ${domain} lead to this machine, and wait until it is known.`,
    caa: `A CAA record of ${domain} or above it does not name this authority: add it, or remove the record.`,
    connection: `Port ${port} of ${domain} must lead to this server from the internet: look at DNS (A and AAAA), firewall and port forwarding.`,
    tls: `Port 443 of ${domain} must lead to this server itself, not to a proxy that ends TLS.`,
    unauthorized: `Something else answered for ${domain} on port ${port}: look where its A and AAAA records lead, and whether a proxy stands before this server.`,
  };
  return {
    problem: `the authority could not verify ${refused.message}`,
    remedy: remedies[code] ?? remedies.connection ?? '',
  };
}

function explainProblem(error: AcmeProblem): AcmeFailure {
  const remedies: Readonly<Record<string, string>> = {
    rateLimited:
      'Too many certificates or attempts: it is tried again when the authority allows. Do not delete the data directory; it holds the account and the certificate. To try things out, use the staging directory of the authority.',
    userActionRequired: 'The terms of the authority changed: read them, then start the server again.',
    externalAccountRequired:
      'This authority wants an account made by hand (EAB), which is not supported: choose another one by tls.acme.directoryUrl.',
    rejectedIdentifier: 'The authority gives no certificate for one of tls.acme.domains.',
    unsupportedContact: 'The authority does not take tls.acme.email.',
    invalidContact: 'The authority does not take tls.acme.email.',
    caa: 'A CAA record does not name this authority: add it, or remove the record.',
    badNonce: 'The authority refused several nonces in a row: it has a fault, or a proxy keeps its answers.',
    serverInternal: 'The authority has a fault; it is tried again.',
  };
  return {
    problem: `the authority refused (${error.code}): ${error.message}`,
    remedy: remedies[error.code] ?? 'Look at the settings below tls.acme.',
    retryAfterMs: error.retryAfterMs ?? (error.code === 'rateLimited' ? RATE_LIMITED_MS : undefined),
  };
}

/** When the authority does not say for how long. */
const RATE_LIMITED_MS: Millis = 3_600_000;
