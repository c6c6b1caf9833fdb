import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HlsError } from './errors.ts';
import { parseThumbnails, serializeThumbnails, type ThumbnailCue } from './thumbnail-track.ts';
import { thumbnailsOf } from './window-thumbnails.ts';

const seconds = fc.integer({ min: 0, max: 400_000_000 }).map((millis) => millis / 1000);
const pixels = fc.integer({ min: 0, max: 9_999 });
const cue: fc.Arbitrary<ThumbnailCue> = fc.record(
  {
    ...{ startsAt: seconds, endsAt: seconds, uri: fc.stringMatching(/^[a-z][a-z0-9/.-]{0,20}$/) },
    ...{ x: pixels, y: pixels, width: pixels, height: pixels },
    date: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  },
  { requiredKeys: ['startsAt', 'endsAt', 'uri', 'x', 'y', 'width', 'height'] },
);

it('THB1: is read as it was written', () => {
  fc.assert(
    fc.property(fc.array(cue, { maxLength: 20 }), (cues) => {
      expect(parseThumbnails(serializeThumbnails(cues))).toEqual(cues);
    }),
  );
});

it('THB1: reads the tracks of others, and leaves out what is no picture', () => {
  const text = [
    '\uFEFFWEBVTT - pictures',
    'NOTE made elsewhere',
    'STYLE\n::cue { color: red }',
    '1\n00:00.000 --> 00:05.000 align:start\nsprites.jpg#xywh=0,0,160,90',
    '00:05.000 --> 00:10.000\njust words',
    '01:00:10.500 --> 01:00:20.000\nhttps://host/b.jpg?x=1#xywh=160,90,160,90\n',
  ].join('\n\n');
  const size = { width: 160, height: 90 };
  const expected = [
    { startsAt: 0, endsAt: 5, uri: 'sprites.jpg', x: 0, y: 0, ...size },
    { startsAt: 3610.5, endsAt: 3620, uri: 'https://host/b.jpg?x=1', x: 160, y: 90, ...size },
  ];
  expect(parseThumbnails(text)).toEqual(expected);
  expect(parseThumbnails(text.replaceAll('\n', '\r\n'))).toEqual(expected);
});

it('answers any text with cues or a coded error', () => {
  expect(() => parseThumbnails('<html>')).toThrow(HlsError);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(Array.isArray(parseThumbnails(`WEBVTT\n\n${text}`))).toBe(true);
    }),
  );
});

it('THB1: of two pictures of one time the first stands: a stream that took another shape has what was shown', () => {
  const segments = [10_000, 12_000].map((programDateTime) => ({ duration: 2, gap: false, programDateTime }));
  const image = (uri: string, dates: readonly number[]) => ({ uri, dates, columns: 5, tileWidth: 160, tileHeight: 90 });
  const cues = thumbnailsOf(segments, [
    image('tall', [10_000, 11_500]),
    image('wide', [10_000, 11_500, 12_000, 13_000]),
  ]);
  expect(cues.map(({ uri, startsAt, endsAt, x }) => ({ uri, startsAt, endsAt, x }))).toEqual([
    { uri: 'tall', startsAt: 0, endsAt: 1.5, x: 0 },
    { uri: 'tall', startsAt: 1.5, endsAt: 2, x: 160 },
    { uri: 'wide', startsAt: 2, endsAt: 3, x: 320 },
    { uri: 'wide', startsAt: 3, endsAt: 4, x: 480 },
  ]);
});
