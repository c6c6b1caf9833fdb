import { isDeepStrictEqual } from 'node:util';
import { type Composition, compositionOf, type EgressJobMessage, type HlsDestination } from '@amphi/protocol';
import { ALTERNATE, alternateOf } from './alternate.ts';
import { audioBitrateOf, ladderOf, PARTS_PER_SEGMENT, partSecondsAt } from './ladder.ts';

/** What one egress process composes and encodes, for however many outputs. */
export interface Program extends Encoding {
  /** Name of the destination that says how it is drawn: outputs of another would want it drawn otherwise some day. */
  readonly drawnBy: string;
  readonly composition: Composition;
  /** A web page that is shown in place of the stage. */
  readonly pageUrl?: string;
}

type Encoding = Pick<
  EgressJobMessage,
  'frameRate' | 'rungs' | 'alternates' | 'audioBitrateBps' | 'partSeconds' | 'partsPerSegment'
>;

/** The program of a live stream to this destination. @param pageUrl of a page that is shown in place of the stage */
export function programOf(destination: HlsDestination, pageUrl?: string): Program {
  const second = alternateOf(destination);
  return {
    drawnBy: destination.name,
    composition: compositionOf(destination),
    ...(pageUrl !== undefined && { pageUrl }),
    frameRate: destination.videoFrameRate,
    rungs: [...ladderOf(destination)],
    ...(second && {
      alternates: [{ id: ALTERNATE, layout: second.composition.layout, rungs: [...ladderOf(second)] }],
    }),
    audioBitrateBps: audioBitrateOf(destination),
    partSeconds: partSecondsAt(destination.videoFrameRate),
    partsPerSegment: PARTS_PER_SEGMENT,
  };
}

/** Whether one process can make both: how it is drawn may change while it runs, by whom not, nor what is encoded or the page that is shown. */
export function isSameEncoding(a: Program, b: Program): boolean {
  return isDeepStrictEqual(encodingOf(a), encodingOf(b));
}

function encodingOf({
  composition,
  ...encoding
}: Program): Encoding & Pick<Composition, 'videoAspectRatio'> & Pick<Program, 'drawnBy' | 'pageUrl'> {
  return { ...encoding, videoAspectRatio: composition.videoAspectRatio };
}
