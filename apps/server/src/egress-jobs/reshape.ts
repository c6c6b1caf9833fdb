import { isDeepStrictEqual } from 'node:util';
import { type AspectRatio, aspectRatio, type HlsDestination, type HlsLayer, PublicError } from '@amphi/protocol';
import { alternateOf } from './alternate.ts';
import { ladderOf } from './ladder.ts';

/** Of a layer, as of a rung (`videoRung`). */
const MAX_SIDE = 1920;
/** Of a layer, in kbps (`hlsLayer`). */
const BITRATES = { least: 50, most: 20_000 };

/**
 * The destination of a running stream in another shape: each layer keeps its shorter side, and with it its name, and its bits for
 * a pixel. What it says of a second picture stays.
 * @throws PublicError 400 for a shape that it cannot have
 */
export function reshaped(
  destination: HlsDestination,
  shape: AspectRatio,
  { showsPage }: { readonly showsPage: boolean },
): HlsDestination {
  const { composition, layers, av1, recording } = destination;
  const refuse = (why: string): never => {
    throw new PublicError(400, `videoAspectRatio: "${shape}": ${why}`);
  };
  if (showsPage) refuse(`a web page is shown in the shape in which it was opened, "${composition.videoAspectRatio}"`);
  const second = alternateOf(destination)?.composition.videoAspectRatio;
  if (second === shape) {
    const allowed = aspectRatio.options.filter((one) => one !== second).map((one) => `"${one}"`);
    refuse(`is the shape of the stream's second picture; allowed are ${allowed.join(', ')}`);
  }
  const inShape = <Layer extends HlsLayer>(layer: Layer): Layer => layerIn(shape, layer);
  const largest = layers.map(inShape).find(({ width, height }) => Math.max(width, height) > MAX_SIDE);
  if (largest) refuse(`a layer would have ${largest.width}×${largest.height}; allowed are sides up to ${MAX_SIDE}`);
  const { alternate, ...alone } = destination;
  const next: HlsDestination = {
    ...alone,
    // One that was not made, as the stream had its shape, does not come in the middle.
    ...(alternate && second && { alternate }),
    layers: layers.map(inShape),
    ...(av1 && { av1: { layers: av1.layers.map(inShape) } }),
    ...(recording?.layers && { recording: { ...recording, layers: recording.layers.map(inShape) } }),
    composition: { ...composition, videoAspectRatio: shape },
  };
  const namesOf = (of: HlsDestination): string[] => ladderOf(of).map(({ id }) => id);
  // Players stay with the playlists that they have.
  if (!isDeepStrictEqual(namesOf(next), namesOf(destination))) refuse('its layers would stand in another order');
  return next;
}

function layerIn<Layer extends HlsLayer>(shape: AspectRatio, layer: Layer): Layer {
  const [across = 16, down = 9] = shape.split(':').map(Number);
  const shorter = Math.min(layer.width, layer.height);
  const longer = 2 * Math.floor((shorter * Math.max(across, down)) / Math.min(across, down) / 2);
  const [width, height] = across >= down ? [longer, shorter] : [shorter, longer];
  const bitrate = Math.round((layer.videoBitrate * width * height) / (layer.width * layer.height));
  const videoBitrate = Math.min(Math.max(bitrate, BITRATES.least), BITRATES.most);
  return { ...layer, width, height, videoBitrate };
}
