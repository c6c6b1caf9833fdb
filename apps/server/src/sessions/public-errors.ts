import { CodedError } from '@amphi/base';
import { PublicError, type PublicErrorCode } from '@amphi/protocol';
import type { SfuErrorCode } from '@amphi/sfu';

/** What a client is told of the media plane's refusals (client protocol, 3.6 and 12.2). */
const SFU_CODES: Readonly<Record<SfuErrorCode, PublicErrorCode>> = {
  invalid_sdp: 400,
  stale_offer: 421,
  unexpected_answer: 409,
  unknown_track: 404,
  // Its router is being rebuilt; the client is told to start anew by `node-info`.
  closed: 421,
  too_many_requests: 429,
  no_worker: 503,
  unavailable: 503,
};

/** Translates whatever was thrown while a client was served. Faults of ours say nothing of their inside. */
export function toPublicError(error: unknown): PublicError {
  if (error instanceof PublicError) return error;
  if (error instanceof CodedError) {
    if (error.code === 'queue_closed') return new PublicError(410, 'the peer has left', { cause: error });
    if (error.code === 'queue_full') return new PublicError(429, 'too many requests wait', { cause: error });
    if (error.code === 'overdue') return new PublicError(503, 'the server did not get to it in time', { cause: error });
    const code = Object.hasOwn(SFU_CODES, error.code) ? SFU_CODES[error.code as SfuErrorCode] : undefined;
    if (code) return new PublicError(code, error.message, { cause: error });
  }
  return new PublicError(500, 'internal error', { cause: error });
}
