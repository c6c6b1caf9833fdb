import { gunzipSync } from 'node:zlib';
import {
  addDateRange,
  appendPart,
  createLiveWindow,
  endLiveWindow,
  interrupt,
  type LiveWindow,
  serializeMediaPlaylist,
  setInit,
} from '@amphi/hls';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IFRAME_FORM, MEDIA_FORM, PlaylistText } from '../src/playlist-text.ts';
import { gzipPieces, joinPieces } from '../src/text-pieces.ts';

const REPORTS = [{ uri: '../audio/index.m3u8', lastMsn: 1, lastPart: 0 }];

function fresh(type: 'live' | 'event'): LiveWindow {
  return createLiveWindow({
    targetDuration: 2,
    partTarget: 1,
    serverControl: { canBlockReload: true, canSkipUntil: 12, holdBack: 6, partHoldBack: 3 },
    type,
    windowSegments: 5,
  });
}

/** Two parts of a second per segment. */
function grow(window: LiveWindow): LiveWindow {
  const part = window.open?.parts.length ?? 0;
  return appendPart(window, {
    msn: window.nextMsn,
    part,
    duration: 1,
    independent: true,
    last: part === 1,
    programDateTime: 1_793_000_000_000 + window.edge * 1000,
    iFrameBytes: 10,
  }).window;
}

it.each([
  ['live', 'all media', MEDIA_FORM],
  ['event', 'all media', MEDIA_FORM],
  ['event', 'single pictures', IFRAME_FORM],
] as const)(
  'F15: the text of a %s playlist of %s in pieces is the text of the playlist, plain and packed',
  (type, _, form) => {
    const change = fc.oneof(
      { weight: 20, arbitrary: fc.constant('part') },
      { weight: 1, arbitrary: fc.constantFrom('interrupt', 'range') },
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 250, maxLength: 700 }), fc.nat(20), (changes, every) => {
        const text = new PlaylistText(form);
        let window = setInit(fresh(type), 0);
        let generation = 0;
        for (const [i, what] of [...changes, 'end'].entries()) {
          if (what === 'part') window = grow(window);
          else if (what === 'range')
            window = addDateRange(window, { id: `d${i}`, startDate: 1_793_000_000_000, custom: {} });
          else if (what === 'end') window = endLiveWindow(window).window;
          else if (!window.open) window = setInit(interrupt(window), ++generation);
          if (what === 'part' && i % (every + 1) !== 0) continue;
          const reports = form === MEDIA_FORM ? REPORTS : [];
          const end = { renditionReports: window.ended ? [] : reports };
          const full = text.full(window, reports);
          const expected = serializeMediaPlaylist({ ...form.playlistOf(window), ...end });
          expect(joinPieces(full).toString()).toBe(expected);
          expect(gunzipSync(gzipPieces(full)).toString()).toBe(expected);
          const delta = text.delta(window, reports);
          const smaller = serializeMediaPlaylist({ ...form.playlistOf(window, { skip: true }), ...end });
          expect(joinPieces(delta).toString()).toBe(smaller);
          expect(gunzipSync(gzipPieces(delta)).toString()).toBe(smaller);
        }
      }),
      { numRuns: 5 },
    );
  },
);

it('F15: a part of another rendition makes the reports anew, a part of this one the live edge; old segments are kept', () => {
  let window = setInit(fresh('event'), 0);
  for (let i = 0; i < 2 * 300; i++) window = grow(window);
  const text = new PlaylistText();
  const before = text.full(window, REPORTS);
  const reported = text.full(window, [{ ...REPORTS[0]!, lastPart: 1 }]);
  expect(reported.slice(0, -1)).toEqual(before.slice(0, -1));
  for (const [i, piece] of reported.slice(0, -1).entries()) expect(piece).toBe(before[i]);
  const grown = text.full(grow(window), REPORTS);
  // Start, two times 128 segments, the rest with the live edge, the reports.
  expect(grown).toHaveLength(5);
  for (const [i, piece] of grown.slice(0, 3).entries()) expect(piece).toBe(before[i]);
  expect(grown[3]).not.toBe(before[3]);
});
