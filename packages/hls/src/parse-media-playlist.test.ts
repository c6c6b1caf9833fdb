import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HlsError } from './errors.ts';
import type { MediaPlaylist } from './media-playlist.ts';
import { parseMultivariantPlaylist, serializeMultivariantPlaylist } from './multivariant-playlist.ts';
import { parseMediaPlaylist } from './parse-media-playlist.ts';
import { serializeMediaPlaylist } from './serialize-media-playlist.ts';
import { findViolations } from './strict.ts';

describe('tolerance', () => {
  it('ignores unknown tags, unknown attributes, comments, empty lines and carriage returns', () => {
    const text = [
      '#EXTM3U',
      '# a comment',
      '#EXT-X-NOVELTY:A=1,B="x,y"',
      '#EXT-X-TARGETDURATION:4',
      '',
      '#EXT-X-MAP:URI="init.mp4",NOVELTY=1',
      '#EXTINF:3.96,a title, with a comma',
      'one.m4s?query=1',
      '#EXT-X-ENDLIST',
    ].join('\r\n');
    expect(parseMediaPlaylist(text)).toMatchObject({
      targetDuration: 4,
      mediaSequence: 0,
      endList: true,
      segments: [{ uri: 'one.m4s?query=1', duration: 3.96, title: 'a title, with a comma', map: { uri: 'init.mp4' } }],
    });
  });

  it.each([
    ['', 1, /begins with #EXTM3U/],
    ['<html>', 1, /begins with #EXTM3U/],
    ['#EXTM3U\n#EXT-X-TARGETDURATION:2\none.m4s', 3, /needs an EXTINF/],
    ['#EXTM3U\n#EXT-X-TARGETDURATION:two', 2, /got "two", allowed is a whole number/],
    ['#EXTM3U\n#EXT-X-TARGETDURATION:99999999999999999999', 2, /below 2\^53/],
    ['#EXTM3U\n#EXT-X-PART:DURATION=1', 2, /attribute URI is missing/],
    ['#EXTM3U\n#EXT-X-PART:DURATION="1",URI="a"', 2, /must not be quoted/],
    ['#EXTM3U\n#EXT-X-PART:URI="a",URI="b",DURATION=1', 2, /stands twice/],
    ['#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:yesterday', 2, /ISO 8601/],
    ['#EXTM3U\n#EXTINF:2,\na', 3, /EXT-X-TARGETDURATION is missing/],
    ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na', 3, /needs an EXTINF/],
  ])('names the line of what cannot be read: %j', (text, line, message) => {
    const error = catchError(() => parseMediaPlaylist(text));
    expect(error.message).toMatch(message);
    expect(error.data.line).toBe(line);
  });
});

const catchError = (run: () => unknown): HlsError => {
  try {
    run();
  } catch (error) {
    if (error instanceof HlsError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

/** Seconds with at most five decimals, as text keeps them. */
const secondsOf = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: max * 1e5 }).map((n) => n / 1e5);
const uri = fc.stringMatching(/^[a-z0-9._~/?=&-]{1,20}$/);
const quotable = fc.stringMatching(/^[ -!#-~]{1,20}$/);
const part = fc.record({ uri, duration: secondsOf(2), independent: fc.boolean(), gap: fc.boolean() });
const date = fc.integer({ min: 0, max: 4e12 });
const head = { discontinuity: fc.boolean(), map: fc.record({ uri }), programDateTime: date };
const segment = fc.record({
  ...head,
  parts: fc.array(part, { maxLength: 4 }),
  uri,
  duration: secondsOf(10),
  title: fc.stringMatching(/^[a-z ,]{0,9}[a-z]$/),
  gap: fc.boolean(),
});
const playlist: fc.Arbitrary<MediaPlaylist> = fc
  .record(
    {
      version: fc.integer({ min: 1, max: 12 }),
      targetDuration: fc.integer({ min: 1, max: 30 }),
      playlistType: fc.constantFrom('EVENT' as const, 'VOD' as const),
      independentSegments: fc.boolean(),
      iFramesOnly: fc.boolean(),
      serverControl: fc.record(
        {
          canBlockReload: fc.constant(true),
          canSkipUntil: secondsOf(90),
          holdBack: secondsOf(90),
          partHoldBack: secondsOf(9),
        },
        { requiredKeys: ['canBlockReload'] },
      ),
      partTarget: secondsOf(5),
      mediaSequence: fc.nat(),
      discontinuitySequence: fc.nat(),
      skip: fc.record({ skippedSegments: fc.nat(), recentlyRemovedDateRanges: fc.array(quotable, { maxLength: 2 }) }),
      dateRanges: fc.array(
        fc.record(
          {
            id: quotable,
            startDate: date,
            duration: secondsOf(100),
            custom: fc.dictionary(fc.stringMatching(/^X-[A-Z]{1,9}$/), quotable),
          },
          { requiredKeys: ['id', 'startDate', 'custom'] },
        ),
        { maxLength: 3 },
      ),
      segments: fc.array(segment, { maxLength: 6 }),
      open: fc.record({ ...head, parts: fc.array(part, { minLength: 1, maxLength: 3 }) }),
      preloadHints: fc.array(fc.record({ type: fc.constantFrom('PART' as const, 'MAP' as const), uri }), {
        maxLength: 2,
      }),
      renditionReports: fc.array(
        fc.record({ uri, lastMsn: fc.nat(), lastPart: fc.nat() }, { requiredKeys: ['uri', 'lastMsn'] }),
        { maxLength: 3 },
      ),
      endList: fc.boolean(),
    },
    {
      requiredKeys: [
        ...(['version', 'targetDuration', 'independentSegments', 'mediaSequence', 'discontinuitySequence'] as const),
        ...(['iFramesOnly', 'dateRanges', 'segments', 'preloadHints', 'renditionReports', 'endList'] as const),
      ],
    },
  )
  .map((value) => ({
    ...value,
    dateRanges: value.dateRanges.map((range) => ({ ...range, custom: { ...range.custom } })),
  }));

describe('fuzz', () => {
  it('reads back any playlist it writes', () => {
    fc.assert(
      fc.property(playlist, (value) => {
        expect(parseMediaPlaylist(serializeMediaPlaylist(value))).toEqual(value);
      }),
    );
  });

  it('answers any text with a playlist or a coded error', () => {
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom(
          '#EXTM3U',
          '#EXT-X-TARGETDURATION:2',
          '#EXTINF:2,',
          'segment.m4s',
          '#EXT-X-DISCONTINUITY',
          '#EXT-X-GAP',
        ),
        fc
          .constantFrom('#EXT-X-PART:', '#EXT-X-MAP:URI="', '#EXT-X-SKIP:SKIPPED-SEGMENTS=', '#EXT-X-DATERANGE:ID="')
          .chain((tag) => fc.string({ maxLength: 20 }).map((rest) => tag + rest)),
        fc
          .tuple(fc.stringMatching(/^#EXT(INF|-X-[A-Z-]{1,20})$/), fc.string({ maxLength: 40 }))
          .map(([tag, rest]) => `${tag}:${rest}`),
        fc.string({ maxLength: 40 }),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(lines, fc.boolean(), (lines, withHeader) => {
        const text = [...(withHeader ? ['#EXTM3U', '#EXT-X-TARGETDURATION:2'] : []), ...lines].join('\n');
        for (const read of [parseMediaPlaylist, parseMultivariantPlaylist, findViolations]) {
          try {
            read(text);
          } catch (error) {
            expect(error).toBeInstanceOf(HlsError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('survives damage to a playlist it wrote', () => {
    fc.assert(
      fc.property(playlist, fc.nat(), fc.nat(20), fc.string({ maxLength: 5 }), (value, at, length, inserted) => {
        const text = serializeMediaPlaylist(value);
        const begin = at % text.length;
        const damaged = text.slice(0, begin) + inserted + text.slice(begin + length);
        try {
          parseMediaPlaylist(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(HlsError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the multivariant playlist', () => {
  const text = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2700000,CODECS="avc1.64001F,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000,AUDIO="audio",CLOSED-CAPTIONS=NONE
720p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.64001E,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30.000,AUDIO="audio",CLOSED-CAPTIONS=NONE
360p/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=300000,AVERAGE-BANDWIDTH=90000,CODECS="avc1.64001E",RESOLUTION=640x360,URI="360p/iframes.m3u8"
`;

  it('is read and written', () => {
    const value = parseMultivariantPlaylist(text);
    expect(value.variants.map((variant) => variant.resolution?.height)).toEqual([720, 360]);
    expect(value.media).toMatchObject([{ type: 'AUDIO', channels: '2', uri: 'audio/index.m3u8' }]);
    expect(value.iFrames).toEqual([
      {
        bandwidthBps: 300_000,
        averageBandwidthBps: 90_000,
        codecs: 'avc1.64001E',
        resolution: { width: 640, height: 360 },
        uri: '360p/iframes.m3u8',
      },
    ]);
    expect(serializeMultivariantPlaylist(value)).toBe(text);
  });

  it('is told from a media playlist', () => {
    expect(() => parseMultivariantPlaylist('#EXTM3U\n#EXT-X-TARGETDURATION:2\n')).toThrow(
      /line 2: this is a media playlist/,
    );
    expect(() => parseMultivariantPlaylist('#EXTM3U\n')).toThrow(/at least one variant/);
    expect(() => parseMultivariantPlaylist('#EXTM3U\na.m3u8')).toThrow(/line 2: a\.m3u8: a variant needs/);
  });
});
