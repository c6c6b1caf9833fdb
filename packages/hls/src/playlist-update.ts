import { lastMsnOf, type MediaPlaylist, type Segment, type SegmentHead } from './media-playlist.ts';

/**
 * What a live playlist may not do from one version to the next (rfc8216bis, General Server Responsibilities and Live
 * Playlists), by the ids of `docs/specs/hls.md`. Both must be whole playlists, no delta updates.
 * @returns one line per broken rule, each beginning with its id
 */
export function findUpdateViolations(before: MediaPlaylist, after: MediaPlaylist): string[] {
  const broken: string[] = [];
  const check = (ok: boolean, message: string): void => {
    if (!ok) broken.push(message);
  };
  const fixed = ['targetDuration', 'partTarget', 'playlistType', 'version', 'iFramesOnly'] as const;
  for (const key of fixed) check(before[key] === after[key], `UP1: ${key} was ${before[key]}, is ${after[key]}`);
  check(
    JSON.stringify(before.serverControl) === JSON.stringify(after.serverControl),
    'UP1: EXT-X-SERVER-CONTROL has changed',
  );
  check(!before.endList || JSON.stringify(before) === JSON.stringify(after), 'UP2: an ended playlist has changed');
  const removed = after.mediaSequence - before.mediaSequence;
  check(removed >= 0, `UP3: media sequence went back from ${before.mediaSequence} to ${after.mediaSequence}`);
  check(lastMsnOf(after) >= lastMsnOf(before), 'UP3: segments have gone from the end');
  if (after.playlistType === 'EVENT') check(removed === 0, 'UP4: an EVENT playlist lost segments');
  const listed: readonly SegmentHead[] = before.open ? [...before.segments, before.open] : before.segments;
  const expected = before.discontinuitySequence + listed.slice(0, removed).filter((head) => head.discontinuity).length;
  const got = after.discontinuitySequence;
  // What came and went between the two versions may have had discontinuities of its own.
  check(
    removed <= listed.length ? got === expected : got >= expected,
    `UP5: discontinuity sequence is ${got}, expected ${expected}`,
  );
  for (let i = Math.max(0, removed); i < before.segments.length; i++) {
    const then = before.segments[i]!;
    const now = after.segments[i - removed];
    const msn = before.mediaSequence + i;
    check(now !== undefined && sameSegment(then, now), `UP6: segment ${msn} has changed`);
  }
  if (before.open) {
    const msn = lastMsnOf(before) + 1;
    const now = after.segments[msn - after.mediaSequence] ?? (lastMsnOf(after) + 1 === msn ? after.open : undefined);
    const kept = now?.parts ?? [];
    const grew = before.open.parts.every((part, i) => JSON.stringify(part) === JSON.stringify(kept[i]));
    check(grew || (kept.length === 0 && lastMsnOf(after) > msn), `UP7: parts of the open segment ${msn} have changed`);
  }
  return broken;
}

/** Equal, but for parts that are no longer listed. */
function sameSegment(then: Segment, now: Segment): boolean {
  const parts = now.parts.length === 0 ? then.parts : now.parts;
  return JSON.stringify({ ...then }) === JSON.stringify({ ...now, parts });
}
