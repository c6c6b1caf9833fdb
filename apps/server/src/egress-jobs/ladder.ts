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
 * The renditions of a destination, highest first: its layers, and one lower rung when there is only one. Layers are
 * stated for a landscape picture; a portrait one swaps their sides. They have been chosen: a destination that names none
 * is completed before.
 */
export function ladderOf(destination: HlsDestination): readonly VideoRung[] {
  assert(destination.layers.length > 0, `the layers of ${destination.name} have been chosen`);
  const portrait = isPortrait(destination);
  const layers = [...destination.layers].sort((a, b) => b.width * b.height - a.width * a.height);
  const rungs = layers.map(({ width, height, videoBitrate }) => ({ width, height, bitrateBps: videoBitrate * 1000 }));
  const only = rungs.length === 1 ? rungs[0] : undefined;
  if (only) {
    const width = even(only.width * SECOND_RUNG_SCALE);
    const height = even(only.height * SECOND_RUNG_SCALE);
    if (Math.min(width, height) >= SMALLEST_SIDE) {
      rungs.push({ width, height, bitrateBps: Math.round(only.bitrateBps * SECOND_RUNG_BITRATE_SCALE) });
    }
  }
  const taken = new Map<string, number>();
  return rungs.map((rung) => {
    const turn = portrait ? rung.width > rung.height : rung.width < rung.height;
    const [width, height] = turn ? [rung.height, rung.width] : [rung.width, rung.height];
    // Layers may differ by their bit rate alone, or by their width.
    const name = `v${Math.min(width, height)}`;
    const before = taken.get(name) ?? 0;
    taken.set(name, before + 1);
    const id = before === 0 ? name : `${name}-${before + 1}`;
    return { id, width, height, bitrateBps: rung.bitrateBps };
  });
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
