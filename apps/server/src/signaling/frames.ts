import type { Millis } from '@amphi/base';
import {
  clientFrame,
  describeIssues,
  echoableId,
  isMethodName,
  LIMITS,
  type MethodName,
  type MethodParams,
  methods,
  type Notification,
  PublicError,
  type RequestId,
  readJson,
} from '@amphi/protocol';

/** A well-formed message. Without an `id` it is not to be answered. */
export type Call = {
  [Name in MethodName]: { readonly method: Name; readonly params: MethodParams<Name>; readonly id?: RequestId };
}[MethodName];

export type FrameReading =
  | { readonly kind: 'call'; readonly call: Call }
  /** To be answered with the error; `id` is null when it could not be read (JSON-RPC 2.0, section 5). */
  | { readonly kind: 'refused'; readonly id: RequestId | null; readonly error: PublicError }
  /** Malformed, and not a request: nothing may be answered. */
  | { readonly kind: 'ignored'; readonly error: PublicError };

/** Reads one text frame of a client. Never throws. */
export function readFrame(bytes: Uint8Array): FrameReading {
  let json: unknown;
  try {
    json = readJson(bytes, { what: 'frame', maxBytes: LIMITS.frameBytes });
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    return { kind: 'refused', id: peekId(bytes) ?? null, error };
  }
  const frame = clientFrame.safeParse(json);
  if (!frame.success) {
    const error = new PublicError(400, `frame: ${describeIssues(frame.error, json)[0] ?? 'malformed'}`);
    return { kind: 'refused', id: echoableId(json) ?? null, error };
  }
  const { method, id } = frame.data;
  const refuse = (error: PublicError): FrameReading =>
    id === undefined ? { kind: 'ignored', error } : { kind: 'refused', id, error };
  if (!isMethodName(method)) return refuse(new PublicError(400, `method: unknown method "${method}"`));
  const params = methods[method].safeParse(frame.data.params ?? {});
  if (!params.success) {
    const details = describeIssues(params.error, frame.data.params);
    return refuse(new PublicError(400, `${method}: ${details[0] ?? 'malformed'}`, { details }));
  }
  // `method` chose the schema, which TypeScript cannot follow through the table.
  const call = { method, params: params.data, ...(id === undefined ? {} : { id }) } as Call;
  return { kind: 'call', call };
}

/** Room for the longest method and id with some white space. */
const PEEKED_CHARACTERS = 320;
const ID = String.raw`"id"\s*:\s*("[^"\\]{1,128}"|-?\d{1,15})\s*`;
const SMALL_MEMBER = String.raw`"(?:jsonrpc|method)"\s*:\s*"[^"\\]{0,64}"\s*`;
const ID_AT_START = new RegExp(String.raw`^\s*\{\s*(?:${SMALL_MEMBER},\s*)*${ID}[,}]`);
const ID_AT_END = new RegExp(String.raw`,\s*${ID}(?:,\s*${SMALL_MEMBER})*\}\s*$`);

/**
 * The id of a frame that is not to be parsed, looked for where clients write it: before the parameters or after them.
 * Undefined when it is not there, or for a notification.
 */
export function peekId(frame: Uint8Array | string): RequestId | undefined {
  const part = (start: number, end?: number): string =>
    typeof frame === 'string' ? frame.slice(start, end) : Buffer.from(frame.subarray(start, end)).toString('utf8');
  const found = ID_AT_START.exec(part(0, PEEKED_CHARACTERS)) ?? ID_AT_END.exec(part(-PEEKED_CHARACTERS));
  const id = found?.[1];
  if (id === undefined) return undefined;
  return id.startsWith('"') ? id.slice(1, -1) : Number(id);
}

/** The text of a notification. */
export function serializeNotification(notification: Notification): string {
  const { method, params } = notification;
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

/** `result` is an object: clients take anything falsy for a failure (client protocol, 3.2). */
export function serializeResult(id: RequestId, result: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

/** When another try is worth while goes into `data`, which is for more than code and message (JSON-RPC 2.0, 5.1). */
export function serializeError(
  id: RequestId | null,
  error: { readonly code: number; readonly message: string; readonly retryAfterMs?: Millis | undefined },
): string {
  const { code, message, retryAfterMs } = error;
  const data = retryAfterMs === undefined ? {} : { data: { retry_after_ms: retryAfterMs } };
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...data } });
}
