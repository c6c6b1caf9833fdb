import { type AspectRatio, type HlsDestination, hlsDestination, type OutputResolution } from '@amphi/protocol';
import type { Program } from '../egress-jobs/program.ts';
import { programOf } from '../egress-jobs/program.ts';

/** What is made when nothing is said (server API, 2.6 and 2.7). */
const DEFAULT_RESOLUTION: OutputResolution = { width: 1280, height: 720 };
/** Of a template without a live stream. */
const DEFAULT_LAYER = { ...DEFAULT_RESOLUTION, videoBitrate: 2048 };
/** Twice the pixels need less than twice the bits. */
const BITRATE_EXPONENT = 0.75;

const RATIOS: readonly (readonly [AspectRatio, number])[] = [
  ['16:9', 16 / 9],
  ['4:3', 4 / 3],
  ['1:1', 1],
  ['3:4', 3 / 4],
  ['9:16', 9 / 16],
];

/** A program, and which of its rungs is taken. */
export interface BeamProgram {
  readonly program: Program;
  readonly rung: string;
  readonly resolution: OutputResolution;
}

/** What a template that says nothing of streams is composed by. */
export function defaultDestination(): HlsDestination {
  return hlsDestination.parse({ name: 'default', layers: [DEFAULT_LAYER] });
}

/**
 * What a recording, or an external stream, is made of. Where the ladder of the destination has a picture of the size that
 * is wanted, it is that one, so that a live stream beside it costs no other process; else one of its own.
 * @param wanted undefined: the largest of the destination
 * @param pageUrl of a page that is shown in place of the stage
 */
export function beamProgram(
  destination: HlsDestination,
  wanted: OutputResolution | undefined,
  pageUrl?: string,
): BeamProgram {
  const program = programOf(destination, pageUrl);
  const [top] = program.rungs;
  const rung = wanted ? program.rungs.find(({ width, height }) => isSize(wanted, width, height)) : top;
  if (rung) {
    const { width, height } = rung;
    return { program, rung: rung.id, resolution: { width, height } };
  }
  const resolution = wanted ?? DEFAULT_RESOLUTION;
  const made = programOf(withLayer(destination, resolution), pageUrl);
  const [only] = made.rungs;
  return { program: { ...made, rungs: [only!] }, rung: only!.id, resolution };
}

function withLayer(destination: HlsDestination, { width, height }: OutputResolution): HlsDestination {
  const [top] = destination.layers;
  const pixels = (width * height) / ((top?.width ?? width) * (top?.height ?? height));
  const videoBitrate = Math.round((top?.videoBitrate ?? DEFAULT_LAYER.videoBitrate) * pixels ** BITRATE_EXPONENT);
  // A picture of its own, for nobody else.
  const { alternate: _, ...alone } = destination;
  return {
    ...alone,
    layers: [{ width, height, videoBitrate, audioBitrate: top?.audioBitrate ?? 64 }],
    composition: { ...destination.composition, videoAspectRatio: nearestRatio(width / height) },
  };
}

function nearestRatio(ratio: number): AspectRatio {
  const distance = ([, value]: (typeof RATIOS)[number]): number => Math.abs(Math.log(value / ratio));
  return [...RATIOS].sort((a, b) => distance(a) - distance(b))[0]![0];
}

function isSize(wanted: OutputResolution, width: number, height: number): boolean {
  return wanted.width === width && wanted.height === height;
}
