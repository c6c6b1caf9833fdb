import { CodedError, type Millis } from '@amphi/base';
import * as z from 'zod/v4/core';

/**
 * The public error codes: of REST answers, token and init answers, JSON-RPC errors and `on-error`.
 * Clients retry 429 and 5xx by themselves, so those are kept for what may heal (client protocol, 3.3 and 12.1).
 */
export const errorCodes = {
  400: {
    name: 'bad_request',
    retryable: false,
    meaning: 'Malformed message, unknown method, or a field that is wrong.',
  },
  401: { name: 'unauthorized', retryable: false, meaning: 'Token missing, malformed, expired, or not for this.' },
  403: {
    name: 'forbidden',
    retryable: false,
    meaning: 'The role does not permit this; room or code disabled; room or role full.',
  },
  404: { name: 'not_found', retryable: false, meaning: 'No such room, peer, track, code, role, stream.' },
  409: { name: 'conflict', retryable: false, meaning: 'Already so, or changed meanwhile.' },
  410: { name: 'gone', retryable: false, meaning: 'The peer or the session has ended.' },
  413: { name: 'too_large', retryable: false, meaning: 'The frame or body exceeds the limit.' },
  421: {
    name: 'superseded',
    retryable: false,
    meaning: 'A newer offer was answered already, or media has moved; not a failure for the client.',
  },
  429: { name: 'too_many_requests', retryable: true, meaning: 'Sent faster than allowed.' },
  500: { name: 'internal', retryable: true, meaning: 'A fault of the server.' },
  503: { name: 'unavailable', retryable: true, meaning: 'The server is starting, draining, or out of capacity.' },
} as const;

export type PublicErrorCode = keyof typeof errorCodes;

/** An error that may be told to a client as it is. `details` go into REST bodies. */
export class PublicError extends CodedError<PublicErrorCode> {
  readonly details: readonly string[];
  /** When it is worth another try, with 429 and 503: milliseconds from now. */
  readonly retryAfterMs: Millis | undefined;

  constructor(
    code: PublicErrorCode,
    message: string,
    options: { cause?: unknown; details?: readonly string[]; retryAfterMs?: Millis } = {},
  ) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'PublicError';
    this.details = options.details ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Body of every HTTP error answer; `code` equals the HTTP status. */
export interface ErrorBody {
  readonly code: number;
  readonly message: string;
  readonly details: readonly string[];
}

/** Longest piece of a message that a stranger chose: a field's name, a list of names, a text. */
const SHOWN_CHARACTERS = 80;

/** `params` of an issue whose value is told to nobody. */
export const SECRET = { secret: true };

/**
 * What was wrong with a value, one line per issue: `field: what is allowed, got <value>`. All that the sender chose is
 * bounded by `SHOWN_CHARACTERS`.
 */
export function describeIssues(error: z.$ZodError, input: unknown): string[] {
  return error.issues.slice(0, 10).map((issue) => {
    const field = cut(issue.path.slice(0, 10).map(String).join('.') || '(whole value)', SHOWN_CHARACTERS);
    // What is wrong with a key of a record is said one level below.
    const [inner] = issue.code === 'invalid_key' ? issue.issues : [];
    const { message } = inner ?? issue;
    if (issue.code === 'custom' && issue.params?.secret === SECRET.secret) return `${field}: ${message}`;
    // A message may name foreign keys besides what is allowed, which can be a long list of ours.
    return `${field}: ${cut(message, 5 * SHOWN_CHARACTERS)}, got ${preview(inner ? issue.path.at(-1) : valueAt(input, issue.path))}`;
  });
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/**
 * A foreign value in a message, by kind, length and first characters: it costs the same however large or deep the value is,
 * and is never serialized whole.
 */
export function preview(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'nothing';
    case 'string': {
      if (value.length <= SHOWN_CHARACTERS) return JSON.stringify(value);
      return `${JSON.stringify(cut(value, SHOWN_CHARACTERS))} (${value.length} characters)`;
    }
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}

/**
 * Parses a value at the border.
 * @throws PublicError 400 whose message names the first wrong field, with one detail per issue
 */
export function parseOrThrow<T>(schema: z.$ZodType<T>, input: unknown, what: string): T {
  const result = z.safeParse(schema, input);
  if (result.success) return result.data;
  const details = describeIssues(result.error, input);
  throw new PublicError(400, `${what}: ${details[0] ?? 'malformed'}`, { details, cause: result.error });
}
