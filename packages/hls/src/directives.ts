import { malformed } from './errors.ts';
import { parseInteger } from './numbers.ts';

/** Delivery directives in the query of a playlist request (rfc8216bis, Delivery Directives Interface). */
export interface Directives {
  /** The answer waits for this segment, or for `part` of it. */
  readonly msn?: number;
  readonly part?: number;
  /** A delta update is wanted; `v2`: one that skips date ranges too. */
  readonly skip?: 'YES' | 'v2';
}

const NONE: Directives = {};

/**
 * @param query behind the question mark; parameters that are no directives are ignored
 * @throws HlsError `malformed` for a part without a segment, a value out of its type, a directive said twice
 */
export function parseDirectives(query: string): Directives {
  if (!query.includes('_HLS_')) return NONE;
  let msn: number | undefined;
  let part: number | undefined;
  let skip: Directives['skip'];
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    const value = equals === -1 ? '' : pair.slice(equals + 1);
    if (name === '_HLS_msn') msn = once(name, msn, parseInteger(value, name));
    else if (name === '_HLS_part') part = once(name, part, parseInteger(value, name));
    else if (name === '_HLS_skip') skip = once(name, skip, parseSkip(value));
  }
  // "If the Playlist URI contains an `_HLS_part` directive but no `_HLS_msn` directive, the Server MUST return Bad Request"
  // (rfc8216bis, Blocking Playlist Reload).
  if (part !== undefined && msn === undefined) throw malformed('_HLS_part needs _HLS_msn beside it');
  return {
    ...(msn === undefined ? {} : { msn }),
    ...(part === undefined ? {} : { part }),
    ...(skip === undefined ? {} : { skip }),
  };
}

function parseSkip(value: string): 'YES' | 'v2' {
  if (value !== 'YES' && value !== 'v2') throw malformed(`_HLS_skip: got ${JSON.stringify(value)}, allowed YES, v2`);
  return value;
}

function once<T>(name: string, before: T | undefined, value: T): T {
  if (before !== undefined) throw malformed(`${name} stands twice`);
  return value;
}
