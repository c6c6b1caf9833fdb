import { HlsError } from './errors.ts';
import type { MediaPlaylist } from './media-playlist.ts';
import { parseWithTrace } from './parse-media-playlist.ts';
import { STRICT_RULES } from './strict-rules.ts';

/** A rule that a playlist breaks, by its id in `docs/specs/hls.md`. */
export interface Violation {
  readonly rule: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** All rules of one playlist it breaks, in order of lines. */
export function findViolations(text: string): Violation[] {
  const { playlist, trace } = parseWithTrace(text);
  const violations: Violation[] = [];
  for (const [rule, check] of Object.entries(STRICT_RULES)) {
    check(playlist, trace, (line, message) => violations.push({ rule, line, message }));
  }
  return violations.sort((a, b) => a.line - b.line);
}

/**
 * Parses a playlist that must keep every rule this project's playlists keep.
 * @throws HlsError `malformed`, or `rule` with `data.rule` and `data.line` of the first broken one
 */
export function parseStrict(text: string): MediaPlaylist {
  const first = findViolations(text)[0];
  if (first) {
    throw new HlsError('rule', `line ${first.line}: ${first.message} (${first.rule})`, {
      data: { rule: first.rule, line: first.line },
    });
  }
  return parseWithTrace(text).playlist;
}
