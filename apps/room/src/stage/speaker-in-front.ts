import type { SessionState } from '@amphi/client';
import { type SpeakerHold, speakerAfter } from '@amphi/layout';
import type { StageTile } from './stage-items.ts';

/**
 * Who is in front after a report of loudness, held by the rule of the composed stream (LY5). We see ourselves small:
 * whoever speaks looks at the one who spoke before.
 * @param now milliseconds of any one clock
 */
export function inFrontAfter(
  hold: SpeakerHold,
  speakers: SessionState['speakers'],
  tiles: readonly StageTile[],
  now: number,
): SpeakerHold {
  const others = new Set(tiles.flatMap(({ id, kind, isSelf }) => (kind === 'person' && !isSelf ? [id] : [])));
  const speaking = Object.entries(speakers).map(([id, level]) => ({ id, level }));
  return speakerAfter(hold, speaking, now, (id) => others.has(id));
}
