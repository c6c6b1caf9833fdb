import {
  type DataChannelRequest,
  dataChannelRequest,
  echoableId,
  LIMITS,
  PublicError,
  parseOrThrow,
  type RequestId,
  readJson,
} from '@amphi/protocol';
import { peekId } from '../signaling/frames.ts';

export type DataReading =
  | { readonly kind: 'request'; readonly id: RequestId; readonly request: DataChannelRequest }
  /** Malformed, to be answered with the error. */
  | { readonly kind: 'refused'; readonly id: RequestId; readonly error: PublicError }
  /** Nothing that an answer could name. */
  | { readonly kind: 'ignored' };

/** Reads a text message of the subscribe connection's data channel (client protocol, 6.5). Never throws. */
export function readDataRequest(text: string): DataReading {
  let id = peekId(text);
  try {
    const json = readJson(text, { what: 'request', maxBytes: LIMITS.dataRequestBytes });
    id = echoableId(json);
    const request = parseOrThrow(dataChannelRequest, json, 'request');
    return { kind: 'request', id: request.id, request };
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    return id === undefined ? { kind: 'ignored' } : { kind: 'refused', id, error };
  }
}
