import type { SceneOptions } from '@amphi/media';
import type { Composition } from '@amphi/protocol';

/** The destination's settings in the words of the compositor. */
export function sceneOptionsOf(composition: Composition): SceneOptions {
  const { margin, backgroundImage, logo, videoAspectRatio: _, ...same } = composition;
  return {
    ...same,
    ...(margin !== null && { margin }),
    ...(backgroundImage !== null && { backgroundImage }),
    ...(logo !== null && { logo }),
  };
}
