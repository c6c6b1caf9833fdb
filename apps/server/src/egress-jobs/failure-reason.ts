/** What people are told of a failed stream: in words, without addresses and paths; those are in the log. */
const REASONS: Readonly<Record<string, string>> = {
  ingest_refused: 'the server that keeps the stream did not take it',
  ingest_unreachable: 'the server that keeps the stream could not be reached',
  ingest_behind: 'the server that keeps the stream is too slow',
  ingest_storage: 'the disk of the server that keeps the stream is full, or too slow',
  disk_full: 'the disk for recordings is full',
  disk_slow: 'the disk for recordings is too slow',
  disk_failed: 'the recording could not be written to its disk',
  rtmp_unreachable: 'the other platform could not be reached',
  rtmp_refused: 'the other platform did not take the stream: is the stream key right, and used once?',
  rtmp_malformed: 'what answers there is no RTMP server',
  rtmp_lost: 'the other platform ended the connection',
  rtmp_stalled: 'the other platform took nothing any more',
  rtmp_private: 'the address is not one of the open internet',
  whep_refused: 'the media server did not take the program for players',
  join_refused: 'the room did not let the composing process in',
  signaling_refused: 'the room did not let the composing process in',
  signaling_lost: 'the composing process lost its connection to the room',
  signaling_timeout: 'the composing process lost its connection to the room',
  encoder_failed: 'the encoder failed',
  socket_failed: 'the composing process got no network port',
  chromium_failed: 'the browser for web pages could not be started on the server (setting webComposition.chromium)',
  chromium_ended: 'the browser that showed the page of meeting_url ended by itself',
  page_private: 'the page of meeting_url is not at a public address',
  page_unreachable: 'the page of meeting_url could not be reached: is the address right, and open to the server?',
  page_refused: 'the server of meeting_url answered with an error: does the page need a sign-in?',
  page_slow: 'the page of meeting_url did not load in time',
  page_blank: 'the page of meeting_url loaded and drew nothing: does it work in a browser of its own?',
  page_crashed: 'the page of meeting_url crashed again and again',
  page_hung: 'the page of meeting_url stopped answering',
  page_closed: 'the page of meeting_url closed itself',
  page_unseen: 'the picture of the page did not reach the media server',
  page_process: 'the process that shows the page of meeting_url ended by itself',
  overload: 'this machine is too slow for the stream',
};

/**
 * Half a sentence for those in the room.
 * @param code of the last trouble that the composing process told; undefined when it told none
 */
export function failureReason(code: string | undefined): string {
  const reason =
    (code !== undefined && Object.hasOwn(REASONS, code) && REASONS[code]) || 'the composing process failed';
  return `${reason} (the server's log says more)`;
}

/** Why an output is fed no more. */
export interface Failure {
  /** `failureReason`. */
  readonly message: string;
  /** For back ends (server API, 5.7); absent: `INTERNAL_ERROR`. */
  readonly errorType?: 'MAX_RETRIES_REACHED';
}

/** @param code as that of `failureReason` */
export function failureOf(code: string | undefined): Failure {
  const message = failureReason(code);
  // A page is given up after its tries.
  const isOfPage = code !== undefined && /^(page|chromium)_/.test(code);
  return isOfPage ? { message, errorType: 'MAX_RETRIES_REACHED' } : { message };
}
