import type { AspectRatio, StreamLadder, VideoRung } from '@amphi/protocol';
import type { ChosenLayers } from '../egress-jobs/choose-layers.ts';
import type { Program } from '../egress-jobs/program.ts';

/**
 * The ladder of a stream, as REST tells it.
 * @param second where its picture of another shape is played, if it has one
 */
export function ladderOf(
  { rungs, alternates = [], frameRate }: Program,
  { chosenBy, reason }: Pick<ChosenLayers, 'chosenBy' | 'reason'>,
  second: { readonly aspectRatio: AspectRatio | undefined; readonly url: string },
): StreamLadder {
  const { aspectRatio, url } = second;
  const [alternate] = alternates;
  return {
    layers: layersOf(rungs, frameRate),
    ...(alternate &&
      aspectRatio && {
        alternate: { aspect_ratio: aspectRatio, playback: { url }, layers: layersOf(alternate.rungs, frameRate) },
      }),
    chosen_by: chosenBy,
    reason,
  };
}

/** The ladder of the same stream in another shape. */
export function withRungs(ladder: StreamLadder, { rungs, frameRate }: Program): StreamLadder {
  return { ...ladder, layers: layersOf(rungs, frameRate) };
}

/**
 * The ladder when all but its top rung get each `step`-th picture alone.
 * @param frameRate of the top rung, in pictures a second
 */
export function thinnedBy(step: number, frameRate: number, ladder: StreamLadder): StreamLadder {
  const { alternate } = ladder;
  return {
    ...ladder,
    layers: ladder.layers.map((layer, index) => ({ ...layer, frame_rate: index === 0 ? frameRate : frameRate / step })),
    ...(alternate && {
      alternate: {
        ...alternate,
        layers: alternate.layers.map((layer) => ({ ...layer, frame_rate: frameRate / step })),
      },
    }),
  };
}

function layersOf(rungs: readonly VideoRung[], frameRate: number): StreamLadder['layers'] {
  return rungs.map(({ id, width, height, bitrateBps, codec }) => ({
    ...{ id, width, height },
    ...(codec && { codec }),
    bitrate: bitrateBps,
    frame_rate: frameRate,
  }));
}
