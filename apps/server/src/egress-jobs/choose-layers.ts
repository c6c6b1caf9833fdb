import type { AspectRatio, HlsDestination, HlsLayer } from '@amphi/protocol';
import { alternateOf } from './alternate.ts';

/** A full ladder, largest first: the shorter side, and the video bitrate of a 16:9 picture in kbps. */
const STEPS = [
  { shorterSide: 720, videoBitrate: 2048 },
  { shorterSide: 540, videoBitrate: 1228 },
  { shorterSide: 480, videoBitrate: 850 },
  { shorterSide: 360, videoBitrate: 500 },
] as const;
const AUDIO_BITRATE_KBPS = 64;

/** Of a core, to compose and encode a million pixels a second: 720p and 360p at 30 pictures a second were measured at 0.7 to 0.9. */
const CORES_PER_MEGAPIXEL = 0.025;
/** Of the machine, for the encoders of one stream: the rest is for media workers, decoders, the server, and a second stream. */
const SHARE = 0.45;
/** Of the machine, for those of its second picture. */
const ALTERNATE_SHARE = 0.25;
/** Times what H.264 costs: 1.25 to 1.4 were measured. */
const AV1_COST = 1.5;
/** Of the bit rate of H.264, for a picture that looks the same. */
const AV1_BITRATE = 0.6;
/** The best one, and one for weak connections. */
const FEWEST = 2;

export interface ChosenLayers {
  /** Largest first. */
  readonly layers: readonly HlsLayer[];
  /** Of the second picture, if the destination has one. */
  readonly alternate?: readonly HlsLayer[];
  /** In AV1, if the destination has some. */
  readonly av1?: readonly HlsLayer[];
  readonly chosenBy: 'destination' | 'machine';
  /** In words for whoever runs the server. */
  readonly reason: string;
}

/**
 * The layers of a stream: those of its destination. One that names none gets the full ladder in its shape as far as the
 * machine carries it. Of those between the best and the one for weak connections the largest is left out first: it costs
 * most, and its neighbours are near.
 * @param cores that a stream may count on
 */
export function chooseLayers(destination: HlsDestination, cores: number): ChosenLayers {
  const second = alternateOf(destination);
  const chosen = chooseOwnLayers(destination, cores);
  return {
    ...chosen,
    ...(second && { alternate: alternateLayers(second, cores) }),
    ...(destination.av1 && { av1: av1Layers(destination, chosen.layers) }),
  };
}

/** The destination as it is encoded. */
export function withLayers(
  destination: HlsDestination,
  { layers, alternate = [], av1 = [] }: ChosenLayers,
): HlsDestination {
  const { alternate: wanted } = destination;
  return {
    ...destination,
    layers: [...layers],
    ...(wanted && { alternate: { ...wanted, layers: [...alternate] } }),
    ...(destination.av1 && { av1: { layers: [...av1] } }),
  };
}

/**
 * A second picture has a smaller share of the machine than the first, whose layers it never costs: between the largest and the
 * one for weak connections they are left out first, then the largest; one is always left.
 */
function alternateLayers({ layers, videoFrameRate, composition }: HlsDestination, cores: number): readonly HlsLayer[] {
  if (layers.length > 0) return layers;
  let chosen = fullLadder(composition.videoAspectRatio);
  let tops = chosen.slice(1, -1);
  while (chosen.length > 1 && costOf(chosen, videoFrameRate) > cores * ALTERNATE_SHARE) {
    if (chosen.length > FEWEST) chosen = chosen.filter((_, index) => index !== 1);
    else {
      const [next, ...rest] = tops;
      chosen = next ? [next, chosen.at(-1)!] : chosen.slice(1);
      tops = rest;
    }
  }
  return chosen;
}

/** In AV1 all layers of the stream: players choose among those of one codec, and no viewer is to have less for it. */
function av1Layers({ av1 }: HlsDestination, own: readonly HlsLayer[]): readonly HlsLayer[] {
  if (av1 && av1.layers.length > 0) return av1.layers;
  return own.map((layer) => ({ ...layer, videoBitrate: Math.round(layer.videoBitrate * AV1_BITRATE) }));
}

function chooseOwnLayers(destination: HlsDestination, cores: number): ChosenLayers {
  if (destination.layers.length > 0) {
    return { layers: destination.layers, chosenBy: 'destination', reason: 'named by the destination' };
  }
  const { videoFrameRate, composition, av1 } = destination;
  const encodings = av1 ? 1 + AV1_COST : 1;
  let layers = fullLadder(composition.videoAspectRatio);
  const leftOut: HlsLayer[] = [];
  while (layers.length > FEWEST && costOf(layers, videoFrameRate) * encodings > cores * SHARE) {
    leftOut.push(layers[1]!);
    layers = layers.filter((_, index) => index !== 1);
  }
  const machine = `${cores} ${cores === 1 ? 'core' : 'cores'}, ${videoFrameRate} pictures a second${av1 ? ', AV1 beside H.264' : ''}`;
  const sizes = leftOut.map(({ width, height }) => `${width}×${height}`).join(' and ');
  const reason = leftOut.length === 0 ? `${machine}: all layers` : `${machine}: without ${sizes}`;
  return { layers, chosenBy: 'machine', reason };
}

/** All steps in a shape, largest first, bitrates by the number of pixels. */
export function fullLadder(aspectRatio: AspectRatio): HlsLayer[] {
  const [across = 16, down = 9] = aspectRatio.split(':').map(Number);
  return STEPS.map(({ shorterSide, videoBitrate }) => {
    const longerSide = even((shorterSide * Math.max(across, down)) / Math.min(across, down));
    const ofWide = longerSide / even((shorterSide * 16) / 9);
    return {
      width: across >= down ? longerSide : shorterSide,
      height: across >= down ? shorterSide : longerSide,
      videoBitrate: Math.round(videoBitrate * ofWide),
      audioBitrate: AUDIO_BITRATE_KBPS,
    };
  });
}

/** Cores. */
function costOf(layers: readonly HlsLayer[], frameRate: number): number {
  const pixels = layers.reduce((sum, { width, height }) => sum + width * height, 0);
  return (pixels / 1e6) * frameRate * CORES_PER_MEGAPIXEL;
}

function even(value: number): number {
  return 2 * Math.floor(value / 2);
}
