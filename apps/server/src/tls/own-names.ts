import { hostname } from 'node:os';
import { allNetworkAddresses } from '../network/local-addresses.ts';
import { canonicalName } from './certificate.ts';

/** Everything by which this machine can be opened in a LAN, or from itself. */
export function ownNames(more: readonly string[] = []): readonly string[] {
  const host = hostname().toLowerCase();
  const hosts = /^[a-z0-9.-]{1,63}$/.test(host) ? [host, ...(host.includes('.') ? [] : [`${host}.local`])] : [];
  const names = ['localhost', '127.0.0.1', '::1', ...hosts, ...allNetworkAddresses(), ...more];
  return [...new Set(names.map(canonicalName))];
}
