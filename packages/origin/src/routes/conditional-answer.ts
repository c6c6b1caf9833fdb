import type { IncomingHttpHeaders } from 'node:http';
import type { PreparedAnswer } from '../prepared-answer.ts';

/** What a request gets of an answer: compressed, not modified, or a range of it (RFC 9110, 12.5.3, 13 and 14). */
export function answerFor(method: string, headers: IncomingHttpHeaders, answer: PreparedAnswer): PreparedAnswer {
  const encodings = headers['accept-encoding'];
  const chosen = answer.gzip && encodings !== undefined && acceptsGzip(String(encodings)) ? answer.gzip() : answer;
  if (chosen.etag === undefined) return chosen;
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) {
    if (namesTag(noneMatch, chosen.etag)) return notModified(chosen);
  }
  const { range } = headers;
  // "A server MUST ignore a Range header field received with a request method that is unrecognized or for which range
  // handling is not defined. For this specification, GET is the only method for which range handling is defined."
  if (range === undefined || method !== 'GET' || !chosen.isSliceable) return chosen;
  // "A recipient of an If-Range header field MUST ignore the Range header field if the If-Range condition evaluates as
  // false": a date or a weak tag never is the same as a strong tag.
  const ifRange = headers['if-range'];
  if (ifRange !== undefined && ifRange !== chosen.etag) return chosen;
  return sliceOf(chosen, range);
}

/** The last answer per text: browsers send few, and the same ones for ever. */
const known = new Map<string, boolean>();
const MAX_KNOWN = 100;

/** Whether an Accept-Encoding takes gzip, by its name or by `*`, with a weight above 0. */
export function acceptsGzip(header: string): boolean {
  let accepts = known.get(header);
  if (accepts === undefined) {
    accepts = parseAcceptsGzip(header);
    if (known.size >= MAX_KNOWN) known.clear();
    if (header.length <= 200) known.set(header, accepts);
  }
  return accepts;
}

function parseAcceptsGzip(header: string): boolean {
  let others = false;
  for (const item of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((text) => text.trim());
    const refused = parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter));
    if (name === 'gzip' || name === 'x-gzip') return !refused;
    if (name === '*') others = !refused;
  }
  return others;
}

/** Weak comparison, as If-None-Match wants it (RFC 9110, 13.1.2). */
function namesTag(header: string, etag: string): boolean {
  return header.split(',').some((item) => {
    const tag = item.trim();
    return tag === '*' || tag === etag || tag === `W/${etag}`;
  });
}

/** What a 304 repeats of the headers (RFC 9110, 15.4.5), and those that make it readable for pages. */
const KEPT_BY_304 = /^(cache-control|etag|vary|access-control-)/;
const EMPTY = Buffer.alloc(0);

function notModified({ headers }: PreparedAnswer): PreparedAnswer {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (KEPT_BY_304.test(headers[i]!)) kept.push(headers[i]!, headers[i + 1]!);
  }
  return { status: 304, headers: kept, body: EMPTY };
}

/**
 * One range; several ones, and what is no range of bytes, are ignored as RFC 9110, 14.2 allows: the whole is sent.
 */
function sliceOf(answer: PreparedAnswer, range: string): PreparedAnswer {
  const match = /^bytes=\s*(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))\s*$/i.exec(range);
  if (!match) return answer;
  const { byteLength } = answer.body;
  const [, first, last, suffix] = match;
  let start: number;
  let end = byteLength - 1;
  if (suffix !== undefined) start = Number(suffix) === 0 ? byteLength : Math.max(0, byteLength - Number(suffix));
  else {
    start = Number(first);
    if (last !== '' && last !== undefined) {
      // Not a range at all: "is invalid if the last-pos value is present and less than first-pos".
      if (Number(last) < start) return answer;
      end = Math.min(end, Number(last));
    }
  }
  if (start >= byteLength) return withBody(answer, 416, EMPTY, `bytes */${byteLength}`);
  return withBody(answer, 206, answer.body.subarray(start, end + 1), `bytes ${start}-${end}/${byteLength}`);
}

function withBody(answer: PreparedAnswer, status: number, body: Buffer, contentRange: string): PreparedAnswer {
  const headers = [...answer.headers, 'content-range', contentRange];
  headers[headers.indexOf('content-length') + 1] = String(body.byteLength);
  // The whole may be kept for long, that a range of it does not exist may not: another player asks otherwise.
  if (status === 416) headers[headers.indexOf('cache-control') + 1] = 'no-store';
  return { status, headers, body };
}
