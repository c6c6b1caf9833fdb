import { expect, it } from 'vitest';
import { iFramePlaylist } from './i-frame-playlist.ts';
import {
  appendGap,
  appendPart,
  createLiveWindow,
  endLiveWindow,
  interrupt,
  type LiveWindow,
  setInit,
} from './live-window.ts';
import { serializeMediaPlaylist } from './serialize-media-playlist.ts';
import { findViolations, parseStrict } from './strict.ts';
import { windowPlaylist } from './window-playlist.ts';

const START = Date.UTC(2026, 0, 31, 10);

function fresh(): LiveWindow {
  const window = createLiveWindow({
    targetDuration: 2,
    partTarget: 1,
    serverControl: { canBlockReload: true, canSkipUntil: 12, holdBack: 6, partHoldBack: 3 },
    type: 'live',
    windowSegments: 20,
  });
  return setInit(window, 0);
}

/** A part of a second, two to a segment. @param iFrameBytes of its first picture */
function add(window: LiveWindow, iFrameBytes?: number): LiveWindow {
  const part = window.open?.parts.length ?? 0;
  return appendPart(window, {
    msn: window.nextMsn,
    part,
    duration: 1,
    independent: part === 0,
    last: part === 1,
    programDateTime: START + window.edge * 1000,
    ...(iFrameBytes === undefined ? {} : { iFrameBytes }),
  }).window;
}

const segments = (window: LiveWindow, sizes: readonly (number | undefined)[]): LiveWindow =>
  sizes.reduce((grown: LiveWindow, size) => add(add(grown, size)), window);

it('IF1: has one picture for each complete segment, the beginning of its file, for as long as it lasts', () => {
  let window = segments(fresh(), [100, 120]);
  window = setInit(interrupt(appendGap(window, { duration: 2, programDateTime: START + 4000 }).window), 1);
  window = add(segments(window, [undefined, 140]), 160);
  const text = serializeMediaPlaylist(iFramePlaylist(window));
  expect(findViolations(text)).toEqual([]);
  expect(text).toContain('#EXT-X-I-FRAMES-ONLY\n');
  const pictures = parseStrict(text);
  const media = windowPlaylist(window);
  expect(pictures.segments.map(({ uri, gap, byteRange }) => [uri, gap, byteRange])).toEqual([
    ['segment-0.m4s', false, { length: 100, offset: 0 }],
    ['segment-1.m4s', false, { length: 120, offset: 0 }],
    ['segment-2.m4s', true, undefined],
    ['segment-3.m4s', true, undefined],
    ['segment-4.m4s', false, { length: 140, offset: 0 }],
  ]);
  for (const [i, { duration, programDateTime, discontinuity, map }] of pictures.segments.entries()) {
    expect({ duration, programDateTime, discontinuity, map }).toEqual({
      duration: media.segments[i]!.duration,
      programDateTime: media.segments[i]!.programDateTime,
      discontinuity: media.segments[i]!.discontinuity,
      map: media.segments[i]!.map,
    });
  }
  const { mediaSequence, targetDuration, serverControl, open, preloadHints } = pictures;
  expect({ mediaSequence, targetDuration, serverControl }).toEqual({
    mediaSequence: media.mediaSequence,
    targetDuration: media.targetDuration,
    serverControl: media.serverControl,
  });
  expect({ open, preloadHints }).toEqual({ open: undefined, preloadHints: [] });
});

it('IF3: leaves out of a delta update what the playlist of all media does, and ends with it', () => {
  const window = segments(
    fresh(),
    Array.from({ length: 12 }, (_, i) => 100 + i),
  );
  const delta = iFramePlaylist(window, { skip: true });
  expect(delta.skip).toEqual(windowPlaylist(window, { skip: true }).skip);
  expect(findViolations(serializeMediaPlaylist(delta))).toEqual([]);
  const ended = parseStrict(serializeMediaPlaylist(iFramePlaylist(endLiveWindow(window).window)));
  expect(ended.endList).toBe(true);
});
