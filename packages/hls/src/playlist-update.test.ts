import { describe, expect, it } from 'vitest';
import type { MediaPlaylist, Segment, SegmentHead } from './media-playlist.ts';
import { findUpdateViolations } from './playlist-update.ts';
import type { Part } from './tags/part.ts';

const part = (msn: number, index: number): Part => ({
  uri: `part-${msn}.${index}.m4s`,
  duration: 1,
  independent: index === 0,
  gap: false,
});

function head(msn: number, parts: number): SegmentHead {
  return {
    discontinuity: msn === 4,
    map: { uri: 'init-0.mp4' },
    programDateTime: 1_793_000_000_000 + msn * 2000,
    parts: Array.from({ length: parts }, (_, index) => part(msn, index)),
  };
}

function segment(msn: number, parts = 2): Segment {
  return { ...head(msn, parts), uri: `segment-${msn}.m4s`, duration: 2, title: '', gap: false };
}

/** Segments 3 and 4, the second with a discontinuity; part 0 of segment 5. */
const BEFORE: MediaPlaylist = {
  version: 6,
  targetDuration: 2,
  independentSegments: true,
  iFramesOnly: false,
  serverControl: { canBlockReload: true, holdBack: 6, partHoldBack: 3 },
  partTarget: 1,
  mediaSequence: 3,
  discontinuitySequence: 7,
  dateRanges: [],
  segments: [segment(3), segment(4)],
  open: head(5, 1),
  preloadHints: [],
  renditionReports: [],
  endList: false,
};
const EVENT: MediaPlaylist = { ...BEFORE, playlistType: 'EVENT' };
const ENDED: MediaPlaylist = { ...BEFORE, segments: [segment(3), segment(4), segment(5, 1)], endList: true };
const { open: _open, ...AFTER } = { ...BEFORE, segments: [segment(3), segment(4), segment(5)] };

const judge = (after: MediaPlaylist, before = BEFORE): string[] =>
  findUpdateViolations(before, after).map((line) => line.slice(0, 3));

describe('what a live playlist may become', () => {
  it.each<[string, MediaPlaylist]>([
    ['the same', BEFORE],
    ['another part', { ...BEFORE, open: head(5, 2) }],
    ['the segment complete', AFTER],
    ['parts dropped', { ...AFTER, segments: [segment(3, 0), segment(4), segment(5)] }],
    ['slid', { ...AFTER, mediaSequence: 4, segments: [segment(4), segment(5)] }],
    ['slid past a discontinuity', { ...AFTER, mediaSequence: 5, discontinuitySequence: 8, segments: [segment(5)] }],
    ['ended', { ...AFTER, endList: true }],
  ])('UP: %s', (_what, after) => {
    expect(findUpdateViolations(BEFORE, after)).toEqual([]);
  });

  it('UP: a discontinuity that came and went unseen counts', () => {
    const later = { ...AFTER, mediaSequence: 9, segments: [segment(9)] };
    expect(judge({ ...later, discontinuitySequence: 9 })).toEqual([]);
    expect(judge({ ...later, discontinuitySequence: 7 })).toContain('UP5');
  });
});

describe('what it may not', () => {
  it.each<[string, MediaPlaylist]>([
    ['target duration', { ...BEFORE, targetDuration: 3 }],
    ['part target', { ...BEFORE, partTarget: 0.5 }],
    ['type', EVENT],
    ['version', { ...BEFORE, version: 9 }],
    ['server control', { ...BEFORE, serverControl: { canBlockReload: true, holdBack: 7, partHoldBack: 3 } }],
  ])('UP1: change its %s', (_what, after) => {
    expect(judge(after)).toContain('UP1');
  });

  it('UP2: change after its end', () => {
    expect(judge(ENDED, ENDED)).toEqual([]);
    expect(judge({ ...ENDED, discontinuitySequence: 8 }, ENDED)).toContain('UP2');
    expect(judge({ ...ENDED, endList: false }, ENDED)).toContain('UP2');
  });

  it('UP3: go back, or lose segments at its end', () => {
    expect(judge({ ...BEFORE, mediaSequence: 2, segments: [segment(2), segment(3), segment(4)] })).toContain('UP3');
    const { open: _gone, ...rest } = BEFORE;
    expect(judge({ ...rest, segments: [segment(3)] })).toContain('UP3');
  });

  it('UP4: lose segments, when it is an EVENT playlist', () => {
    const slid = { ...EVENT, mediaSequence: 4, segments: [segment(4)] };
    expect(judge(slid, EVENT)).toContain('UP4');
  });

  it('UP5: count discontinuities that did not leave, or leave out one that did', () => {
    expect(judge({ ...BEFORE, discontinuitySequence: 8 })).toContain('UP5');
    expect(judge({ ...AFTER, mediaSequence: 5, segments: [segment(5)] })).toContain('UP5');
  });

  it.each<[string, Segment]>([
    ['duration', { ...segment(4), duration: 1.9 }],
    ['name', { ...segment(4), uri: 'other.m4s' }],
    ['date', { ...segment(4), programDateTime: 1 }],
    ['initialization segment', { ...segment(4), map: { uri: 'init-1.mp4' } }],
    ['media, which are gone', { ...segment(4), gap: true }],
    ['parts', { ...segment(4), parts: [part(4, 0)] }],
  ])('UP6: change the %s of a listed segment', (_what, changed) => {
    expect(judge({ ...BEFORE, segments: [segment(3), changed] })).toEqual(['UP6']);
  });

  it('UP7: change a listed part, or take it back', () => {
    const changed = { ...head(5, 1), parts: [{ ...part(5, 0), duration: 0.9 }] };
    expect(judge({ ...BEFORE, open: changed })).toEqual(['UP7']);
    const { open: _gone, ...rest } = BEFORE;
    expect(judge(rest)).toEqual(['UP7']);
    expect(judge({ ...AFTER, segments: [segment(3), segment(4), { ...segment(5), parts: changed.parts }] })).toEqual([
      'UP7',
    ]);
  });
});
