import type { LiveStream } from '@amphi/client';

/** Media query of a window that is higher than wide. */
export const UPRIGHT_WINDOW = '(orientation: portrait)';

/** Width by height of what a window is, more or less. */
const UPRIGHT = 9 / 16;
const WIDE = 16 / 9;

/** The address of the picture that fits a window best, of those that the stream has; the first of those that fit alike. */
export function fittingPicture(
  { url, shapes }: Pick<LiveStream, 'url' | 'shapes'>,
  window: { readonly isUpright: boolean },
): string | undefined {
  const wanted = window.isUpright ? UPRIGHT : WIDE;
  const distance = ({ ratio }: LiveStream['shapes'][number]): number => Math.abs(Math.log(ratio / wanted));
  return [...shapes].sort((a, b) => distance(a) - distance(b))[0]?.url ?? url;
}
