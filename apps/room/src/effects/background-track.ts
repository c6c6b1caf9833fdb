import type { ProcessedTrack } from '@amphi/client';
import { createBackgroundPainter } from './background-painter.ts';
import type { Background } from './backgrounds.ts';
import { paintFrames } from './frames.ts';
import { Pace } from './pace.ts';
import { loadSegmenter } from './segmenter.ts';

/**
 * A track of a camera with another background.
 * @param onPace whether this machine is too slow for it, whenever that has changed
 */
export async function startBackgroundTrack(
  source: MediaStreamTrack,
  background: Exclude<Background, 'none'>,
  fail: (error: unknown) => void,
  onPace: (isSlow: boolean) => void,
): Promise<ProcessedTrack> {
  const [segmenter, painter] = await Promise.all([loadSegmenter(), createBackgroundPainter(background)]);
  const pace = new Pace(onPace);
  const paint = async (frame: CanvasImageSource, size: { readonly width: number; readonly height: number }) => {
    const begun = performance.now();
    await segmenter.segment(frame, size, (mask) => painter.paint(frame, size, mask));
    pace.note(performance.now() - begun);
  };
  return paintFrames(source, painter.canvas, paint, fail);
}
