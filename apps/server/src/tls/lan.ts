import type { PublicAddress } from '../http/public-address.ts';
import { allNetworkAddresses } from '../network/local-addresses.ts';
import type { LocalAuthority } from './local-authority.ts';
import { AUTHORITY_PATH } from './redirect-listener.ts';

/** What a person needs to know to open the server on other devices of a LAN. */
export interface LanHelp {
  /** Base URLs beside the one of the links. */
  readonly others: readonly string[];
  /** Where devices get the certificate of the own authority. */
  readonly authorityUrl: string;
  /** SHA-256 of that certificate. */
  readonly fingerprint: string;
}

export function lanHelp(address: PublicAddress, authority: Pick<LocalAuthority, 'fingerprint'>): LanHelp {
  const bases = [...allNetworkAddresses(), 'localhost'].map((name) => address.baseOf(name));
  return {
    others: bases.filter((base) => base !== address.base),
    authorityUrl: `${address.base}${AUTHORITY_PATH}`,
    fingerprint: authority.fingerprint,
  };
}

/** The block for a person at a terminal, below the links. */
export function describeLan({ others, authorityUrl, fingerprint }: LanHelp): string {
  return `${others.length > 0 ? `  Also at      ${others.join('  ')}\n\n` : ''}  Browsers warn of this server until the device trusts its own authority. Once on each device: open
  ${authorityUrl}
  go past the warning, and install it as an authority (iPhone: Settings, Profile Downloaded; then General, About,
  Certificate Trust Settings. Android: Settings, Security, Install a certificate, CA certificate). Its SHA-256 must be
  ${fingerprint}

`;
}

/** A link as a code for the cameras of phones; half-height blocks, as wide as it has to be. */
export async function terminalCode(link: string): Promise<string> {
  const { default: qrcode } = await import('qrcode');
  return qrcode.toString(link, { type: 'terminal', small: true, errorCorrectionLevel: 'L' });
}
