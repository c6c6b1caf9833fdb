import type { CodecParameters } from './rtp-parameters.ts';

const WHOLE_NUMBER = /^-?(0|[1-9]\d{0,14})$/;

/**
 * Reads the parameters of an `a=fmtp` line (RFC 8866, 6.15): `key=value` and `key`, parted by `;`.
 * Values written as plain whole numbers become numbers, so that they compare with a capability's.
 * `profile-level-id` stays text: `640032` is hexadecimal.
 */
export function parseFmtp(config: string): CodecParameters {
  const parameters = new Map<string, string | number>();
  for (const part of config.split(';')) {
    const entry = part.trim();
    if (entry === '') continue;
    const equals = entry.indexOf('=');
    const key = equals < 0 ? entry : entry.slice(0, equals).trim();
    const value = equals < 0 ? '' : entry.slice(equals + 1).trim();
    if (key === '' || parameters.has(key)) continue;
    const isNumber = WHOLE_NUMBER.test(value) && key !== 'profile-level-id';
    parameters.set(key, isNumber ? Number(value) : value);
  }
  return Object.fromEntries(parameters);
}

/** The inverse of `parseFmtp`; empty when there are no parameters. */
export function serializeFmtp(parameters: CodecParameters): string {
  return Object.entries(parameters)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(';');
}
