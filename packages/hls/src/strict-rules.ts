import type { MediaPlaylist, SegmentHead } from './media-playlist.ts';
import { KNOWN_MEDIA_TAGS, type ParseTrace } from './parse-media-playlist.ts';

type Report = (line: number, message: string) => void;
type Rule = (playlist: MediaPlaylist, trace: ParseTrace, report: Report) => void;

/** Decimals are cut to 10 µs, and sums of them err by as much per term. */
const ROUNDING = 1e-5;
/** Program date-times are whole milliseconds. */
const DATE_ROUNDING_MS = 2;

const ONCE = [
  'EXTM3U',
  'EXT-X-VERSION',
  'EXT-X-TARGETDURATION',
  'EXT-X-MEDIA-SEQUENCE',
  'EXT-X-DISCONTINUITY-SEQUENCE',
  'EXT-X-PLAYLIST-TYPE',
  'EXT-X-INDEPENDENT-SEGMENTS',
  'EXT-X-I-FRAMES-ONLY',
  'EXT-X-SERVER-CONTROL',
  'EXT-X-PART-INF',
  'EXT-X-SKIP',
  'EXT-X-ENDLIST',
];
const BEFORE_SEGMENTS = [
  'EXT-X-MEDIA-SEQUENCE',
  'EXT-X-DISCONTINUITY-SEQUENCE',
  'EXT-X-PART-INF',
  'EXT-X-SERVER-CONTROL',
];

/** One entry per rule of `docs/specs/hls.md`, under its id. */
export const STRICT_RULES: Readonly<Record<string, Rule>> = {
  PL1: (_playlist, { tagLines }, report) => {
    for (const name of ONCE) {
      const second = tagLines.get(name)?.[1];
      if (second !== undefined) report(second, `${name} stands twice`);
    }
  },
  PL2: (_playlist, { tagLines, firstSegmentLine }, report) => {
    for (const name of BEFORE_SEGMENTS) {
      const line = tagLines.get(name)?.at(-1) ?? 0;
      if (line > firstSegmentLine) report(line, `${name} stands behind the first segment`);
    }
  },
  PL3: (_playlist, { tagLines }, report) => {
    for (const [name, lines] of tagLines) {
      if (!KNOWN_MEDIA_TAGS.has(name)) report(lines[0]!, `${name} is not a tag this project writes`);
    }
  },
  PL4: ({ segments, targetDuration }, { lineOf }, report) => {
    for (const segment of segments) {
      if (Math.round(segment.duration) > targetDuration) {
        report(lineOf.get(segment)!, `segment lasts ${segment.duration} s, target duration is ${targetDuration} s`);
      }
    }
  },
  PL5: (playlist, { lineOf, lastLine }, report) => {
    const { partTarget, serverControl } = playlist;
    const first = headsOf(playlist).find((head) => head.parts.length > 0)?.parts[0];
    if (!first) return;
    const line = lineOf.get(first) ?? lastLine;
    if (partTarget === undefined) report(line, 'parts need EXT-X-PART-INF');
    else if (serverControl?.partHoldBack === undefined) report(line, 'parts need PART-HOLD-BACK');
    else if (serverControl.partHoldBack < 3 * partTarget - ROUNDING) {
      report(
        line,
        `PART-HOLD-BACK is ${serverControl.partHoldBack} s, less than three part targets of ${partTarget} s`,
      );
    }
  },
  PL6: ({ serverControl, targetDuration }, { tagLines }, report) => {
    const line = tagLines.get('EXT-X-SERVER-CONTROL')?.[0] ?? 1;
    if (serverControl?.holdBack !== undefined && serverControl.holdBack < 3 * targetDuration) {
      report(line, `HOLD-BACK is ${serverControl.holdBack} s, less than three target durations`);
    }
    if (serverControl?.canSkipUntil !== undefined && serverControl.canSkipUntil < 6 * targetDuration) {
      report(line, `CAN-SKIP-UNTIL is ${serverControl.canSkipUntil} s, less than six target durations`);
    }
  },
  PL7: (playlist, { lineOf }, report) => {
    const target = playlist.partTarget;
    if (target === undefined) return;
    for (const head of headsOf(playlist)) {
      head.parts.forEach((part, i) => {
        const line = lineOf.get(part)!;
        const isLast = i === head.parts.length - 1;
        if (part.duration > target + ROUNDING)
          report(line, `part lasts ${part.duration} s, part target is ${target} s`);
        const mayBeShort = part.independent || isLast || part.gap;
        if (!mayBeShort && part.duration < 0.85 * target) {
          report(line, `part lasts ${part.duration} s, less than 85 % of the part target of ${target} s`);
        }
      });
    }
  },
  PL8: ({ segments }, { lineOf }, report) => {
    for (const segment of segments) {
      const sum = segment.parts.reduce((total, part) => total + part.duration, 0);
      const tolerance = ROUNDING * (segment.parts.length + 1);
      if (segment.parts.length > 0 && Math.abs(sum - segment.duration) > tolerance) {
        report(lineOf.get(segment)!, `parts last ${sum} s together, the segment ${segment.duration} s`);
      }
    }
  },
  PL9: (playlist, { lineOf }, report) => {
    for (const head of headsOf(playlist)) {
      if (!head.map && !isGap(head)) report(lineOf.get(head)!, 'a segment needs EXT-X-MAP before it');
    }
  },
  PL10: (playlist, { lineOf, ownMaps }, report) => {
    for (const head of headsOf(playlist)) {
      if (!head.discontinuity || isGap(head)) continue;
      if (!ownMaps.has(head)) report(lineOf.get(head)!, 'no EXT-X-MAP after EXT-X-DISCONTINUITY');
      if (head.programDateTime === undefined) {
        report(lineOf.get(head)!, 'no EXT-X-PROGRAM-DATE-TIME after EXT-X-DISCONTINUITY');
      }
    }
  },
  PL11: (playlist, { lineOf }, report) => {
    let due: number | undefined;
    for (const head of headsOf(playlist)) {
      const line = lineOf.get(head)!;
      const date = head.programDateTime;
      if (date === undefined) {
        if (!isGap(head)) report(line, 'a segment has no EXT-X-PROGRAM-DATE-TIME');
        due = undefined;
        continue;
      }
      if (due !== undefined && date < due - DATE_ROUNDING_MS) report(line, `dates overlap by ${due - date} ms`);
      if (due !== undefined && !head.discontinuity && date > due + DATE_ROUNDING_MS) {
        report(line, `dates leave a hole of ${date - due} ms without a discontinuity`);
      }
      due = 'duration' in head ? date + (head.duration as number) * 1000 : undefined;
    }
  },
  PL12: (playlist, { lineOf }, report) => {
    let behind = playlist.open ? playlist.open.parts.reduce((sum, part) => sum + part.duration, 0) : 0;
    for (const segment of [...playlist.segments].reverse()) {
      if (segment.parts.length > 0 && behind > 3 * playlist.targetDuration + ROUNDING) {
        report(
          lineOf.get(segment.parts[0]!)!,
          'parts are listed more than three target durations behind the live edge',
        );
      }
      behind += segment.duration;
    }
  },
  PL13: ({ preloadHints, endList }, { lineOf }, report) => {
    const types = new Set<string>();
    for (const hint of preloadHints) {
      if (types.has(hint.type)) report(lineOf.get(hint)!, `a second preload hint of type ${hint.type}`);
      if (endList) report(lineOf.get(hint)!, 'a preload hint in a playlist that has ended');
      types.add(hint.type);
    }
  },
  PL14: ({ renditionReports, partTarget }, { lineOf }, report) => {
    for (const rendition of renditionReports) {
      if (/^[a-z]+:/i.test(rendition.uri)) report(lineOf.get(rendition)!, 'a rendition report needs a relative URI');
      if (partTarget !== undefined && rendition.lastPart === undefined) {
        report(lineOf.get(rendition)!, 'a rendition report has no LAST-PART');
      }
    }
  },
  PL15: ({ version, skip, segments, open }, { tagLines }, report) => {
    const needed = skip ? 9 : segments[0]?.map || open?.map ? 6 : 3;
    if (version < needed)
      report(tagLines.get('EXT-X-VERSION')?.[0] ?? 1, `version is ${version}, the tags need ${needed}`);
  },
  PL16: ({ skip, serverControl, endList }, { tagLines }, report) => {
    if (skip && (serverControl?.canSkipUntil === undefined || endList)) {
      report(tagLines.get('EXT-X-SKIP')![0]!, 'EXT-X-SKIP in a playlist that offers no delta updates');
    }
  },
  PL17: (playlist, { lineOf }, report) => {
    if (!playlist.independentSegments) return;
    for (const { parts } of headsOf(playlist)) {
      const first = parts[0];
      if (first && !first.independent)
        report(lineOf.get(first)!, 'a segment begins with a part that is not independent');
    }
  },
  PL18: ({ segments, open, skip, endList, mediaSequence, targetDuration }, { lastLine }, report) => {
    if (endList && open) report(lastLine, 'parts without a segment in a playlist that has ended');
    const duration = segments.reduce((sum, segment) => sum + segment.duration, 0);
    if (!endList && !skip && mediaSequence > 0 && duration < 3 * targetDuration - ROUNDING * segments.length) {
      report(lastLine, `a sliding playlist lasts ${duration} s, less than three target durations`);
    }
  },
  PL19: ({ dateRanges }, { lineOf }, report) => {
    const ids = new Set<string>();
    for (const range of dateRanges) {
      if (ids.has(range.id)) report(lineOf.get(range)!, `two date ranges have the id ${range.id}`);
      ids.add(range.id);
    }
  },
  PL20: (playlist, { lineOf, tagLines }, report) => {
    if (!playlist.iFramesOnly) return;
    const partInf = tagLines.get('EXT-X-PART-INF')?.[0];
    if (partInf !== undefined) report(partInf, 'EXT-X-PART-INF in a playlist of single pictures');
    for (const hint of playlist.preloadHints)
      report(lineOf.get(hint)!, 'a preload hint in a playlist of single pictures');
    for (const head of headsOf(playlist)) {
      for (const part of head.parts) report(lineOf.get(part)!, 'a part in a playlist of single pictures');
    }
    for (const segment of playlist.segments) {
      if (!segment.gap && !segment.byteRange) report(lineOf.get(segment)!, 'a picture is no range of its file');
    }
  },
};

const headsOf = ({ segments, open }: MediaPlaylist): readonly SegmentHead[] => (open ? [...segments, open] : segments);
const isGap = (head: SegmentHead): boolean => 'gap' in head && head.gap === true;
