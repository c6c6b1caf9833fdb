import {
  clientFrame,
  describeIssues,
  isMethodName,
  type MethodName,
  type MethodParams,
  methods,
  type Notification,
  notifyMethods,
  PublicError,
} from '@amphi/protocol';

export type RequestId = string | number;

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
export function readFrame(text: string): FrameReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'refused', id: null, error: new PublicError(400, 'frame: not JSON') };
  }
  const frame = clientFrame.safeParse(json);
  if (!frame.success) {
    const error = new PublicError(400, `frame: ${describeIssues(frame.error, json)[0] ?? 'malformed'}`);
    return { kind: 'refused', id: idOf(json), error };
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

/** Whether clients may send the method without an id. */
export function isNotifyMethod(method: MethodName): boolean {
  return notifyMethods.has(method);
}

function idOf(json: unknown): RequestId | null {
  if (typeof json !== 'object' || json === null || !('id' in json)) return null;
  const { id } = json;
  return (typeof id === 'string' && id.length <= 128) || typeof id === 'number' ? id : null;
}

/** One notification as the bytes that go to every recipient. */
export function serializeNotification(notification: Notification): Buffer {
  const { method, params } = notification;
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params }));
}

/** `result` is an object: clients take anything falsy for a failure (client protocol, 3.2). */
export function serializeResult(id: RequestId, result: object): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result }));
}

export function serializeError(
  id: RequestId | null,
  error: { readonly code: number; readonly message: string },
): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error: { code: error.code, message: error.message } }));
}
