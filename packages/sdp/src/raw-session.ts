import { parse } from 'sdp-transform';
import { invalidSdp, shown } from './errors.ts';

/**
 * What is read at most. A browser's video section has 5 kB and 120 lines; the genuine client never drops a section,
 * so a long call with many screen shares comes to some hundred sections.
 */
export const SDP_LIMITS = { maxLength: 1_000_000, maxLines: 30_000, maxLineLength: 8_000, maxSections: 300 } as const;

/** Values as the parser library leaves them: numbers where the text looked like one, text else, or missing. */
type Loose = Readonly<Record<string, unknown>>;

/** One section before its meaning is checked. Accessors return undefined for what is missing or malformed. */
export interface RawSection extends RawAttributes {
  readonly type: string;
  readonly port: number;
  readonly protocol: string;
  readonly payloads: readonly string[];
}

export interface RawSession {
  readonly sessionId: string;
  readonly sessionVersion: bigint;
  /** Mids of the first `a=group:BUNDLE` (RFC 9143), in its order. */
  readonly bundle: readonly string[] | undefined;
  readonly attributes: RawAttributes;
  readonly sections: readonly RawSection[];
}

/** Attributes of a section, or of the session. */
export class RawAttributes {
  readonly #fields: Loose;

  constructor(fields: Loose) {
    this.#fields = fields;
  }

  text(name: string): string | undefined {
    const value = this.#fields[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  /** An attribute of several fields, such as `a=fingerprint`. */
  record(name: string): RawAttributes | undefined {
    const value = this.#fields[name];
    return typeof value === 'object' && value !== null ? new RawAttributes(value as Loose) : undefined;
  }

  /** An attribute that may stand several times, such as `a=rtpmap`. */
  list(name: string): readonly RawAttributes[] {
    const value = this.#fields[name];
    return Array.isArray(value) ? value.map((item) => new RawAttributes(item as Loose)) : [];
  }

  /** A whole number from `min` to `max`. */
  int(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  }

  /** An attribute line the parser library does not know, without `a=`, that starts with `prefix`. */
  unknownLine(prefix: string): string | undefined {
    for (const line of this.list('invalid')) {
      const value = line.text('value');
      if (value?.startsWith(prefix)) return value.slice(prefix.length);
    }
    return undefined;
  }
}

class Section extends RawAttributes implements RawSection {
  constructor(
    fields: Loose,
    readonly type: string,
    readonly port: number,
    readonly protocol: string,
    readonly payloads: readonly string[],
  ) {
    super(fields);
  }
}

/**
 * Splits SDP text (RFC 8866) into its parts and checks its frame: sizes, `v=`, `o=`, `m=`.
 * Throws `invalid_sdp`, and nothing else whatever it is given.
 */
export function readSession(text: string): RawSession {
  checkSize(text);
  const session = parse(text) as unknown as Loose;
  const attributes = new RawAttributes(session);
  if (attributes.text('version') !== '0') throw invalidSdp('v=', `${shown(attributes.text('version'))}, allowed is 0`);
  const origin = attributes.record('origin');
  const sessionId = origin?.text('sessionId') ?? '';
  const sessionVersion = origin?.text('sessionVersion') ?? '';
  if (!isDecimal(sessionId) || !isDecimal(sessionVersion)) {
    throw invalidSdp('o=', 'missing or malformed, it must read "o=<user> <session id> <version> IN IP4|IP6 <address>"');
  }
  const media = Array.isArray(session.media) ? (session.media as readonly Loose[]) : [];
  if (media.length === 0) throw invalidSdp('m=', 'there is no media section');
  if (media.length > SDP_LIMITS.maxSections) {
    throw invalidSdp('m=', `${media.length} media sections, allowed are ${SDP_LIMITS.maxSections}`);
  }
  const group = attributes.list('groups').find((candidate) => candidate.text('type') === 'BUNDLE');
  return {
    sessionId,
    sessionVersion: BigInt(sessionVersion),
    bundle: group?.text('mids')?.trim().split(/ +/),
    attributes,
    sections: media.map(readSection),
  };
}

function readSection(fields: Loose, index: number): RawSection {
  const raw = new RawAttributes(fields);
  const type = raw.text('type');
  const port = raw.int('port', 0, 65_535);
  const protocol = raw.text('protocol');
  if (!type || port === undefined || !protocol) {
    throw invalidSdp(`section ${index}`, 'm= is malformed, it must read "m=<media> <port> <protocol> <formats>"');
  }
  const payloads = (raw.text('payloads') ?? '').trim();
  return new Section(fields, type, port, protocol, payloads === '' ? [] : payloads.split(/ +/));
}

function checkSize(text: string): void {
  if (text.length === 0) throw invalidSdp('SDP', 'it is empty');
  if (text.length > SDP_LIMITS.maxLength) {
    throw invalidSdp('SDP', `${text.length} characters, allowed are ${SDP_LIMITS.maxLength}`);
  }
  let lines = 1;
  let lineStart = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? LF : text.charCodeAt(at);
    if (code !== LF && code !== CR) continue;
    if (at - lineStart > SDP_LIMITS.maxLineLength) {
      throw invalidSdp(`line ${lines}`, `${at - lineStart} characters, allowed are ${SDP_LIMITS.maxLineLength}`);
    }
    if (at < text.length && (code === LF || text.charCodeAt(at + 1) !== LF)) lines++;
    lineStart = at + 1;
  }
  if (lines > SDP_LIMITS.maxLines) throw invalidSdp('SDP', `${lines} lines, allowed are ${SDP_LIMITS.maxLines}`);
}

const LF = 10;
const CR = 13;

function isDecimal(text: string): boolean {
  return /^\d{1,20}$/.test(text);
}
