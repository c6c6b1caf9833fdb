import { type DataChannelRequest, dataChannelRequest, describeIssues } from '@amphi/protocol';

export type DataReading =
  | { readonly kind: 'request'; readonly id: string; readonly request: DataChannelRequest }
  /** Malformed, to be answered with 400. */
  | { readonly kind: 'refused'; readonly id: unknown; readonly message: string }
  /** Nothing that an answer could name. */
  | { readonly kind: 'ignored' };

/** Reads a text message of the subscribe connection's data channel (client protocol, 6.5). Never throws. */
export function readDataRequest(text: string): DataReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'ignored' };
  }
  if (typeof json !== 'object' || json === null || !('id' in json)) return { kind: 'ignored' };
  const request = dataChannelRequest.safeParse(json);
  if (request.success) return { kind: 'request', id: request.data.id, request: request.data };
  return { kind: 'refused', id: json.id, message: describeIssues(request.error, json)[0] ?? 'malformed request' };
}
