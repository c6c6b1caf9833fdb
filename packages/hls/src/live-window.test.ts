import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDateRange,
  appendGap,
  appendPart,
  closeOpenSegment,
  createLiveWindow,
  endLiveWindow,
  interrupt,
  type LiveWindow,
  type LiveWindowOptions,
  setInit,
} from './live-window.ts';
import type { MediaPlaylist } from './media-playlist.ts';
import { parseMediaPlaylist } from './parse-media-playlist.ts';
import { findUpdateViolations } from './playlist-update.ts';
import { serializeMediaPlaylist } from './serialize-media-playlist.ts';
import { findViolations, parseStrict } from './strict.ts';
import { isPlayable, liveEdgeOf, windowPlaylist } from './window-playlist.ts';

const OPTIONS: LiveWindowOptions = {
  targetDuration: 2,
  partTarget: 0.5,
  serverControl: { canBlockReload: true, holdBack: 6, partHoldBack: 1.5 },
  type: 'live',
  windowSegments: 3,
};
const START = Date.UTC(2026, 0, 31, 10);

/** Adds a part of half a second that follows, its date from media time. */
function add(
  window: LiveWindow,
  options: { last?: boolean; duration?: number; independent?: boolean } = {},
): LiveWindow {
  const part = window.open?.parts.length ?? 0;
  return appendPart(window, {
    msn: window.nextMsn,
    part,
    duration: options.duration ?? 0.5,
    independent: options.independent ?? part === 0,
    last: options.last ?? part === 3,
    programDateTime: START + window.edge * 1000,
  }).window;
}

const addParts = (window: LiveWindow, count: number): LiveWindow => {
  let grown = window;
  for (let i = 0; i < count; i++) grown = add(grown);
  return grown;
};

const fresh = (options: Partial<LiveWindowOptions> = {}): LiveWindow =>
  setInit(createLiveWindow({ ...OPTIONS, ...options }), 0);
const text = (window: LiveWindow): string => serializeMediaPlaylist(windowPlaylist(window));

describe('DVR2: a window to go back in', () => {
  it('holds its length and no more, live at the edge as any other, and is read again in part', () => {
    const serverControl = { ...OPTIONS.serverControl, canSkipUntil: 12 };
    let window = fresh({ windowSegments: 60, serverControl });
    const deletable: string[] = [];
    for (let i = 0; i < 400; i++) {
      const part = window.open?.parts.length ?? 0;
      const programDateTime = START + window.edge * 1000;
      const added = { msn: window.nextMsn, part, duration: 0.5, independent: part === 0, last: part === 3 };
      const change = appendPart(window, { ...added, programDateTime });
      window = change.window;
      deletable.push(...change.deletable);
    }
    const playlist = parseStrict(text(window));
    expect(playlist).toMatchObject({ mediaSequence: 40, endList: false });
    expect(playlist.playlistType).toBeUndefined();
    expect(playlist.segments).toHaveLength(60);
    expect(playlist.segments.filter(({ parts }) => parts.length > 0)).toHaveLength(3);
    expect(playlist.preloadHints).toHaveLength(1);
    const delta = windowPlaylist(window, { skip: true });
    expect(delta.skip).toMatchObject({ skippedSegments: 54 });
    // What has left the window goes from the disk three target durations later.
    expect(deletable.filter((name) => name.startsWith('segment'))).toHaveLength(37);
    expect(deletable).toContain('segment-36.m4s');
  });
});

describe('whole playlists', () => {
  it('a first part', () => {
    expect(text(add(fresh()))).toBe(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:00.000Z
#EXT-X-PART:DURATION=0.5,INDEPENDENT=YES,URI="part-0.0.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-0.1.m4s"
`);
  });

  it('a window that slides, with parts near the live edge only and a report of another rendition', () => {
    const playlist = windowPlaylist(addParts(fresh({ windowSegments: 5 }), 26), {
      renditionReports: [{ uri: '../audio/index.m3u8', lastMsn: 6, lastPart: 1 }],
    });
    expect(serializeMediaPlaylist(playlist)).toBe(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:1
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:02.000Z
#EXTINF:2,
segment-1.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:04.000Z
#EXTINF:2,
segment-2.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:06.000Z
#EXTINF:2,
segment-3.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:08.000Z
#EXT-X-PART:DURATION=0.5,INDEPENDENT=YES,URI="part-4.0.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-4.1.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-4.2.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-4.3.m4s"
#EXTINF:2,
segment-4.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:10.000Z
#EXT-X-PART:DURATION=0.5,INDEPENDENT=YES,URI="part-5.0.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-5.1.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-5.2.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-5.3.m4s"
#EXTINF:2,
segment-5.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:12.000Z
#EXT-X-PART:DURATION=0.5,INDEPENDENT=YES,URI="part-6.0.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-6.1.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-6.2.m4s"
#EXT-X-RENDITION-REPORT:URI="../audio/index.m3u8",LAST-MSN=6,LAST-PART=1
`);
    expect(findViolations(serializeMediaPlaylist(playlist))).toEqual([]);
  });

  it('LW5: a packager that took over in the middle of a segment, then the end', () => {
    const broken = addParts(fresh(), 6);
    let window = setInit(interrupt(closeOpenSegment(broken).window), 1);
    window = endLiveWindow(addParts(window, 1)).window;
    expect(text(window)).toBe(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:00.000Z
#EXT-X-PART:DURATION=0.5,INDEPENDENT=YES,URI="part-0.0.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-0.1.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-0.2.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-0.3.m4s"
#EXTINF:2,
segment-0.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:02.000Z
#EXT-X-PART:DURATION=0.5,INDEPENDENT=YES,URI="part-1.0.m4s"
#EXT-X-PART:DURATION=0.5,URI="part-1.1.m4s"
#EXTINF:1,
segment-1.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:03.000Z
#EXT-X-PART:DURATION=0.5,INDEPENDENT=YES,URI="part-2.0.m4s"
#EXTINF:0.5,
segment-2.m4s
#EXT-X-ENDLIST
`);
    expect(findViolations(text(window))).toEqual([]);
  });
});

describe('refusals', () => {
  it('LW1: a part that does not follow, or comes before the initialization segment', () => {
    const part = { duration: 0.5, independent: true, last: false, programDateTime: START };
    expect(() => appendPart(createLiveWindow(OPTIONS), { ...part, msn: 0, part: 0 })).toThrow(
      /initialization segment comes first/,
    );
    const window = add(fresh());
    expect(() => appendPart(window, { ...part, msn: 0, part: 0 })).toThrow(
      /part 0\.0: does not follow, allowed is 0\.1/,
    );
    expect(() => appendPart(window, { ...part, msn: 1, part: 0 })).toThrow(/does not follow/);
    expect(() => appendPart(endLiveWindow(window).window, { ...part, msn: 1, part: 0 })).toThrow(/has ended/);
  });

  it('LW2: a part over the part target, a segment over the target duration', () => {
    expect(() => add(fresh(), { duration: 0.51 })).toThrow(/got 0\.51 s, allowed 0\.5 s/);
    let window = fresh();
    for (let i = 0; i < 4; i++) window = add(window, { last: false });
    expect(() => add(window, { last: true })).toThrow(/lasts 2\.5 s with part 4/);
  });

  it('LW3: a segment that begins with a dependent frame', () => {
    expect(() => add(fresh(), { independent: false })).toThrow(/segment begins with an independent frame/);
  });
});

describe('the window', () => {
  it('LW4: keeps resources for three target durations of media after they left the playlist', () => {
    let window = fresh();
    const listedUntil = new Map<string, number>();
    for (let i = 0; i < 200; i++) {
      const part = window.open?.parts.length ?? 0;
      const change = appendPart(window, {
        msn: window.nextMsn,
        part,
        duration: 0.5,
        independent: part === 0,
        last: part === 3,
        programDateTime: START + window.edge * 1000,
      });
      window = change.window;
      for (const name of change.deletable) {
        expect(window.edge - listedUntil.get(name)!).toBeGreaterThanOrEqual(6);
        expect(window.edge - listedUntil.get(name)!).toBeLessThanOrEqual(8);
        listedUntil.delete(name);
      }
      for (const { uri, parts } of window.segments)
        for (const name of [uri, ...parts.map((p) => p.uri)]) listedUntil.set(name, window.edge);
    }
    expect(listedUntil.size).toBeLessThan(40);
  });

  it('LW6: is playable with a complete segment, not with parts or gaps alone', () => {
    expect(isPlayable(addParts(fresh(), 3))).toBe(false);
    expect(isPlayable(appendGap(fresh(), { duration: 2 }).window)).toBe(false);
    expect(isPlayable(addParts(fresh(), 4))).toBe(true);
  });

  it('LW7: drops a date range with the last segment it spans', () => {
    const range = { id: 'md-1', startDate: START + 500, duration: 2, custom: { 'X-PAYLOAD': 'eyJ9' } };
    let window = addDateRange(addParts(fresh(), 4), range);
    expect(() => addDateRange(window, range)).toThrow(/the id is taken/);
    expect(text(window)).toContain(
      '#EXT-X-DATERANGE:ID="md-1",START-DATE="2026-01-31T10:00:00.500Z",DURATION=2,X-PAYLOAD="eyJ9"\n',
    );
    window = addParts(window, 12);
    expect(windowPlaylist(window).mediaSequence).toBe(1);
    expect(window.dateRanges).toEqual([range]);
    window = addParts(window, 4);
    expect(windowPlaylist(window).mediaSequence).toBe(2);
    expect(window.dateRanges).toEqual([]);
  });

  it('LW8: skips what lies beyond the skip boundary, and nothing when there is nothing', () => {
    const serverControl = { ...OPTIONS.serverControl, canSkipUntil: 12 };
    const window = addParts(fresh({ type: 'event', serverControl }), 43);
    const delta = windowPlaylist(window, { skip: true });
    expect(delta.skip?.skippedSegments).toBe(4);
    expect(delta.segments.map((segment) => segment.uri)).toEqual([4, 5, 6, 7, 8, 9].map((msn) => `segment-${msn}.m4s`));
    expect(findViolations(serializeMediaPlaylist(delta))).toEqual([]);
    expect(windowPlaylist(addParts(fresh({ type: 'event', serverControl }), 20), { skip: true }).skip).toBeUndefined();
    expect(windowPlaylist(addParts(fresh(), 43), { skip: true }).skip).toBeUndefined();
  });

  it('tells its live edge for rendition reports', () => {
    expect(liveEdgeOf(fresh())).toBeUndefined();
    expect(liveEdgeOf(addParts(fresh(), 3))).toEqual({ lastMsn: 0, lastPart: 2 });
    expect(liveEdgeOf(addParts(fresh(), 4))).toEqual({ lastMsn: 0, lastPart: 3 });
    expect(liveEdgeOf(addParts(fresh(), 5))).toEqual({ lastMsn: 1, lastPart: 0 });
  });
});

/** Random lives of a stream; every playlist on the way is judged, and every step from one to the next. */
it('PL UP LW5: keeps all rules whatever happens', () => {
  const step = fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ do: fc.constant('part' as const), duration: fc.integer({ min: 430, max: 500 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('last' as const), duration: fc.integer({ min: 10, max: 500 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('takeOver' as const), gaps: fc.integer({ min: 0, max: 2 }) }) },
  );
  const type = fc.constantFrom('live' as const, 'event' as const);
  fc.assert(
    fc.property(
      type,
      fc.integer({ min: 3, max: 6 }),
      fc.array(step, { maxLength: 120 }),
      (type, windowSegments, steps) => {
        let window = fresh({ type, windowSegments });
        let generation = 0;
        let previous: MediaPlaylist | undefined;
        const judge = (): void => {
          const written = text(window);
          expect(findViolations(written)).toEqual([]);
          const playlist = parseMediaPlaylist(written);
          if (previous) expect(findUpdateViolations(previous, playlist)).toEqual([]);
          previous = playlist;
        };
        for (const step of steps) {
          if (step.do === 'takeOver') {
            window = closeOpenSegment(window).window;
            for (let i = 0; i < step.gaps; i++) {
              window = appendGap(window, {
                duration: 2,
                programDateTime: START + Math.round(window.edge * 1000),
              }).window;
            }
            window = setInit(interrupt(window), ++generation);
          } else {
            const isFull = (window.open?.parts.length ?? 0) >= 3;
            window = add(window, { last: isFull || step.do === 'last', duration: step.duration / 1000 });
          }
          judge();
        }
        window = endLiveWindow(window).window;
        judge();
      },
    ),
    { numRuns: 60 },
  );
});

it('reads its own text back', () => {
  const playlist = windowPlaylist(addParts(fresh(), 26));
  expect(serializeMediaPlaylist(parseStrict(serializeMediaPlaylist(playlist)))).toBe(serializeMediaPlaylist(playlist));
});
