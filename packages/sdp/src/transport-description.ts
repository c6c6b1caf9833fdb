import { invalidSdp, shown } from './errors.ts';
import type { RawAttributes } from './raw-session.ts';

export type FingerprintAlgorithm = 'sha-1' | 'sha-224' | 'sha-256' | 'sha-384' | 'sha-512';

/** Hash of a DTLS certificate (RFC 8122): upper-case hexadecimal bytes parted by colons. */
export interface Fingerprint {
  readonly algorithm: FingerprintAlgorithm;
  readonly value: string;
}

/** What a browser's SDP says about its end of the one bundled transport. */
export interface RemoteTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprints: readonly Fingerprint[];
  /** `a=setup` (RFC 5763, section 5): who begins the DTLS handshake. */
  readonly setup: 'actpass' | 'active' | 'passive';
}

export interface IceCandidate {
  readonly foundation: string;
  readonly priority: number;
  readonly address: string;
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
}

/** The server's end: an ICE-lite agent (RFC 8445, 2.5) with all its candidates known. */
export interface LocalTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly candidates: readonly IceCandidate[];
  readonly fingerprints: readonly Fingerprint[];
  /** Present when the transport carries data channels (RFC 8841). */
  readonly sctp?: { readonly port: number; readonly maxMessageSize: number };
}

const HASH_BYTES: Readonly<Record<FingerprintAlgorithm, number>> = {
  'sha-1': 20,
  'sha-224': 28,
  'sha-256': 32,
  'sha-384': 48,
  'sha-512': 64,
};
const HASH = /^[0-9A-F]{2}(:[0-9A-F]{2})*$/;
export const UFRAG = /^[A-Za-z0-9+/_=-]{4,256}$/;
export const PWD = /^[A-Za-z0-9+/_=-]{22,256}$/;

/**
 * Reads ICE and DTLS of a section; each attribute may stand at session level instead.
 * @param withoutSetup what a missing `a=setup` means (RFC 4145, section 4)
 * Throws `invalid_sdp`.
 */
export function readRemoteTransport(
  section: RawAttributes,
  session: RawAttributes,
  withoutSetup: 'active' | 'passive',
): RemoteTransport {
  const iceUfrag = section.text('iceUfrag') ?? session.text('iceUfrag') ?? '';
  if (!UFRAG.test(iceUfrag)) throw invalidSdp('a=ice-ufrag', `${shown(iceUfrag)}, needed are 4–256 ICE characters`);
  const icePwd = section.text('icePwd') ?? session.text('icePwd') ?? '';
  if (!PWD.test(icePwd)) throw invalidSdp('a=ice-pwd', 'missing or malformed, needed are 22–256 ICE characters');
  const setup = section.text('setup') ?? session.text('setup') ?? withoutSetup;
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive') {
    throw invalidSdp('a=setup', `${shown(setup)}, allowed are actpass, active, passive`);
  }
  return { iceUfrag, icePwd, setup, fingerprints: [readFingerprint(section, session)] };
}

function readFingerprint(section: RawAttributes, session: RawAttributes): Fingerprint {
  const raw = section.record('fingerprint') ?? session.record('fingerprint');
  const algorithm = (raw?.text('type') ?? '').toLowerCase();
  const value = (raw?.text('hash') ?? '').toUpperCase();
  if (!isAlgorithm(algorithm)) {
    throw invalidSdp('a=fingerprint', `${shown(algorithm)}, allowed are ${Object.keys(HASH_BYTES).join(', ')}`);
  }
  if (!HASH.test(value) || value.length !== HASH_BYTES[algorithm] * 3 - 1) {
    throw invalidSdp('a=fingerprint', `${shown(value)}, needed are ${HASH_BYTES[algorithm]} hexadecimal bytes`);
  }
  return { algorithm, value };
}

function isAlgorithm(text: string): text is FingerprintAlgorithm {
  return Object.hasOwn(HASH_BYTES, text);
}
