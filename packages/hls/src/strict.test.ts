import { describe, expect, it } from 'vitest';
import { HlsError } from './errors.ts';
import { findViolations, parseStrict } from './strict.ts';
import { STRICT_RULES } from './strict-rules.ts';

const GOOD = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=3
#EXT-X-PART-INF:PART-TARGET=1
#EXT-X-MEDIA-SEQUENCE:4
#EXT-X-DISCONTINUITY-SEQUENCE:1
#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-31T10:00:00.000Z",DURATION=5
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:00.000Z
#EXTINF:2,
segment-4.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:02.000Z
#EXTINF:2,
segment-5.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:05.000Z
#EXT-X-PART:DURATION=1,INDEPENDENT=YES,URI="part-6.0.m4s"
#EXT-X-PART:DURATION=0.9,URI="part-6.1.m4s"
#EXTINF:1.9,
segment-6.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:06.900Z
#EXT-X-PART:DURATION=1,INDEPENDENT=YES,URI="part-7.0.m4s"
#EXT-X-PART:DURATION=1,URI="part-7.1.m4s"
#EXTINF:2,
segment-7.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T10:00:08.900Z
#EXT-X-PART:DURATION=1,INDEPENDENT=YES,URI="part-8.0.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-8.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../audio/index.m3u8",LAST-MSN=8,LAST-PART=0
`;

/** Id, what is replaced, by what, and the line that must be named. */
const BROKEN: readonly (readonly [rule: string, find: string, replace: string, line: number])[] = [
  ['PL1', '#EXT-X-TARGETDURATION:2\n', '#EXT-X-TARGETDURATION:2\n#EXT-X-TARGETDURATION:2\n', 4],
  ['PL2', 'segment-4.m4s\n', 'segment-4.m4s\n#EXT-X-MEDIA-SEQUENCE:4\n', 14],
  ['PL3', '#EXT-X-INDEPENDENT-SEGMENTS\n', '#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-NOVELTY:1\n', 5],
  ['PL4', '#EXTINF:2,\nsegment-4', '#EXTINF:2.5,\nsegment-4', 13],
  ['PL5', ',PART-HOLD-BACK=3', ',PART-HOLD-BACK=2.9', 20],
  ['PL5', '#EXT-X-PART-INF:PART-TARGET=1\n', '', 19],
  ['PL6', 'HOLD-BACK=6', 'HOLD-BACK=5', 5],
  ['PL6', 'CAN-SKIP-UNTIL=12', 'CAN-SKIP-UNTIL=11', 5],
  ['PL7', 'DURATION=1,URI="part-7.1', 'DURATION=1.1,URI="part-7.1', 26],
  [
    'PL7',
    '#EXT-X-PART:DURATION=1,URI="part-7.1.m4s"',
    '#EXT-X-PART:DURATION=0.8,URI="a"\n#EXT-X-PART:DURATION=0.2,URI="b"',
    26,
  ],
  ['PL8', '#EXTINF:1.9,', '#EXTINF:1.8,', 23],
  ['PL9', '#EXT-X-MAP:URI="init-0.mp4"\n', '', 12],
  ['PL10', '#EXT-X-MAP:URI="init-1.mp4"\n', '', 22],
  ['PL11', '10:00:02.000Z', '10:00:02.100Z', 16],
  ['PL11', '10:00:05.000Z', '10:00:03.000Z', 23],
  [
    'PL12',
    '#EXTINF:2,\nsegment-4',
    '#EXT-X-PART:DURATION=1,INDEPENDENT=YES,URI="a"\n#EXT-X-PART:DURATION=1,URI="b"\n#EXTINF:2,\nsegment-4',
    12,
  ],
  ['PL13', '#EXT-X-RENDITION-REPORT', '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="c"\n#EXT-X-RENDITION-REPORT', 32],
  ['PL13', 'LAST-PART=0\n', 'LAST-PART=0\n#EXT-X-ENDLIST\n', 31],
  ['PL14', ',LAST-PART=0', '', 32],
  ['PL14', '../audio', 'http://host/audio', 32],
  ['PL15', '#EXT-X-VERSION:9', '#EXT-X-VERSION:5', 2],
  ['PL16', 'CAN-SKIP-UNTIL=12,', '', 9],
  [
    'PL17',
    '#EXT-X-PART:DURATION=1,INDEPENDENT=YES,URI="part-7.0.m4s"',
    '#EXT-X-PART:DURATION=1,URI="part-7.0.m4s"',
    25,
  ],
  ['PL18', '#EXTINF:2,\nsegment-5.m4s\n', '', 30],
  ['PL20', '#EXT-X-PART-INF:', '#EXT-X-I-FRAMES-ONLY\n#EXT-X-PART-INF:', 7],
  ['PL20', '#EXT-X-PART-INF:', '#EXT-X-I-FRAMES-ONLY\n#EXT-X-PART-INF:', 14],
  ['PL20', '#EXT-X-PART-INF:', '#EXT-X-I-FRAMES-ONLY\n#EXT-X-PART-INF:', 21],
  ['PL20', '#EXT-X-PART-INF:', '#EXT-X-I-FRAMES-ONLY\n#EXT-X-PART-INF:', 32],
  ['PL19', 'DURATION=5\n', 'DURATION=5\n#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-31T10:00:00.000Z"\n', 10],
];

describe('the strict reader', () => {
  it('has nothing to say about a good playlist', () => {
    expect(findViolations(GOOD)).toEqual([]);
    expect(parseStrict(GOOD).segments).toHaveLength(4);
  });

  it.each(BROKEN)('%s: names rule and line for %j → %j', (rule, find, replace, line) => {
    expect(GOOD).toContain(find);
    const skip = rule === 'PL16' ? ['#EXT-X-DATERANGE', '#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n#EXT-X-DATERANGE'] : ['', ''];
    const text = GOOD.replace(find, replace).replace(skip[0]!, skip[1]!);
    const found = findViolations(text).filter((violation) => violation.rule === rule);
    expect(found.map((violation) => violation.line)).toContain(line);
    expect(() => parseStrict(text)).toThrow(HlsError);
  });

  it('is tested on every rule it has', () => {
    expect(new Set(BROKEN.map(([rule]) => rule))).toEqual(new Set(Object.keys(STRICT_RULES)));
  });
});
