import { assert } from '@amphi/base';
import type { HlsDestination, VideoRung } from '@amphi/protocol';

/** About a third of a second, in whole frames: with a hold-back of three parts a player stays a second behind the edge. */
export function partSecondsAt(frameRate: number): number {
  return Math.round(frameRate / 3) / frameRate;
}

/** Segments of two seconds. */
export const PARTS_PER_SEGMENT = 6;

/** Below the only layer of a destination a second rung is added, half as large on each side. */
const SECOND_RUNG_SCALE = 0.5;
/** A quarter of the pixels needs more than a quarter of the bits. */
const SECOND_RUNG_BITRATE_SCALE = 0.3;
const SMALLEST_SIDE = 144;

/**
 * The renditions of a destination, highest first: its layers, and one lower rung when there is only one; then those in AV1. Layers are
 * stated for a landscape picture; a portrait one swaps their sides. They have been chosen: a destination that names none
 * is completed before.
 */
export function ladderOf(destination: HlsDestination): readonly VideoRung[] {
  assert(destination.layers.length > 0, `the layers of ${destination.name} have been chosen`);
  const portrait = isPortrait(destination);
  const rungs = rungsOf(destination.layers);
  const av1 = rungsOf(destination.av1?.layers ?? []).map((rung) => ({ ...rung, codec: 'av1' as const }));
  const taken = new Map<string, number>();
  return [...rungs, ...av1].map(({ width: across, height: down, ...rung }) => {
    const turn = portrait ? across > down : across < down;
    const [width, height] = turn ? [down, across] : [across, down];
    // Layers may differ by their bit rate alone, or by their width.
    const name = `${'codec' in rung ? 'av1-' : 'v'}${Math.min(width, height)}`;
    const before = taken.get(name) ?? 0;
    taken.set(name, before + 1);
    const id = before === 0 ? name : `${name}-${before + 1}`;
    return { id, width, height, ...rung };
  });
}

/** Highest first, and one lower one where there is one alone. */
function rungsOf(layers: HlsDestination['layers']): Omit<VideoRung, 'id'>[] {
  const rungs = [...layers]
    .sort((a, b) => b.width * b.height - a.width * a.height)
    .map(({ width, height, videoBitrate }) => ({ width, height, bitrateBps: videoBitrate * 1000 }));
  const [only] = rungs;
  if (only && rungs.length === 1) {
    const width = even(only.width * SECOND_RUNG_SCALE);
    const height = even(only.height * SECOND_RUNG_SCALE);
    if (Math.min(width, height) >= SMALLEST_SIDE) {
      rungs.push({ width, height, bitrateBps: Math.round(only.bitrateBps * SECOND_RUNG_BITRATE_SCALE) });
    }
  }
  return rungs;
}

/** The sound's bit rate: the best that a layer asks for. */
export function audioBitrateOf(destination: HlsDestination): number {
  return Math.max(...destination.layers.map((layer) => layer.audioBitrate)) * 1000;
}

function isPortrait(destination: HlsDestination): boolean {
  const { videoAspectRatio } = destination.composition;
  return videoAspectRatio === '9:16' || videoAspectRatio === '3:4';
}

function even(value: number): number {
  return 2 * Math.round(value / 2);
}
