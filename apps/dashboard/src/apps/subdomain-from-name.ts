/** 63: the longest label of a host name (RFC 1035, 2.3.4). */
const MAX_LENGTH = 63;

/** A subdomain that reads like the name; may be too short to be valid, for instance for a name in other letters. */
export function subdomainFromName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_LENGTH)
    .replace(/^-+|-+$/g, '');
}

/** The next one to try when this one is taken: `talks` → `talks-2` → `talks-3`. */
export function nextSubdomain(taken: string): string {
  const match = /^(.*)-(\d{1,4})$/.exec(taken);
  const stem = match?.[1] ?? taken;
  const suffix = `-${match === null ? 2 : Number(match[2]) + 1}`;
  return stem.slice(0, MAX_LENGTH - suffix.length).replace(/-+$/, '') + suffix;
}
