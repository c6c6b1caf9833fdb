import { readFile } from 'node:fs/promises';
import { CodedError, messageOf } from '@amphi/base';

export interface Settings {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Shared with the egress processes. */
  readonly ingestToken: string;
  /** Folder for media; undefined keeps them in memory. */
  readonly mediaDir: string | undefined;
  /** File with the key that signed streams are signed with; undefined takes none of these. */
  readonly playbackKeyFile: string | undefined;
  readonly maxStreams: number | undefined;
  readonly maxWaitingPerStream: number | undefined;
  readonly logLevel: string;
}

const PREFIX = 'AMPHI_ORIGIN_';
const PLAYBACK_KEY_BYTES = 32;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];
const NAMES = [
  ...['HOST', 'PORT', 'INGEST_TOKEN', 'MEDIA_DIR', 'PLAYBACK_KEY_FILE'],
  ...['MAX_STREAMS', 'MAX_WAITING_PER_STREAM', 'LOG_LEVEL'],
];

/**
 * Reads the settings from `AMPHI_ORIGIN_…` variables.
 * @throws CodedError `bad_setting` naming the variable, the value got and the value allowed
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  for (const key of Object.keys(env)) {
    if (key.startsWith(PREFIX) && !NAMES.includes(key.slice(PREFIX.length))) {
      throw bad(key, 'is not a setting', NAMES.map((name) => PREFIX + name).join(', '));
    }
  }
  const text = (name: string): string | undefined => env[PREFIX + name] || undefined;
  const wholeNumber = (name: string, min: number, max: number): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max))
      throw bad(PREFIX + name, `got ${value}`, `a whole number from ${min} to ${max}`);
    return number;
  };
  const ingestToken = text('INGEST_TOKEN');
  if (!ingestToken || !/^\S{16,}$/.test(ingestToken)) {
    // The value is a secret even when it is a bad one.
    throw bad(
      `${PREFIX}INGEST_TOKEN`,
      ingestToken ? 'too short' : 'is missing',
      '16 characters or more, without spaces',
    );
  }
  const logLevel = text('LOG_LEVEL') ?? 'info';
  if (!LOG_LEVELS.includes(logLevel)) throw bad(`${PREFIX}LOG_LEVEL`, `got ${logLevel}`, LOG_LEVELS.join(', '));
  return {
    host: text('HOST') ?? '0.0.0.0',
    port: wholeNumber('PORT', 0, 65_535) ?? 8090,
    ingestToken,
    mediaDir: text('MEDIA_DIR'),
    playbackKeyFile: text('PLAYBACK_KEY_FILE'),
    maxStreams: wholeNumber('MAX_STREAMS', 1, 100_000),
    maxWaitingPerStream: wholeNumber('MAX_WAITING_PER_STREAM', 1, 1_000_000),
    logLevel,
  };
}

/**
 * The key of `PLAYBACK_KEY_FILE`, as the server keeps its own in `playback.key`.
 * @throws CodedError `bad_setting`
 */
export async function readPlaybackKey(path: string): Promise<Buffer> {
  const allowed = `a file of ${PLAYBACK_KEY_BYTES} bytes`;
  const key = await readFile(path).catch((error: unknown) => {
    throw bad(`${PREFIX}PLAYBACK_KEY_FILE`, messageOf(error), allowed);
  });
  if (key.byteLength === PLAYBACK_KEY_BYTES) return key;
  throw bad(`${PREFIX}PLAYBACK_KEY_FILE`, `got ${key.byteLength} bytes`, allowed);
}

function bad(name: string, got: string, allowed: string): CodedError<'bad_setting'> {
  return new CodedError('bad_setting', `${name}: ${got}; allowed: ${allowed}`);
}
