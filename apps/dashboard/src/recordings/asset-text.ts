import type { Asset } from '../api/rest.ts';

/** What a recorded file holds, in words: of a track whose it is, of pictures how large they are. */
export function contentText({ metadata }: Pick<Asset, 'metadata'>): string {
  const { resolution, max_width: width, max_height: height, track_type: kind, source, user_name: name } = metadata;
  const picture = resolution ?? (width !== undefined && height !== undefined ? { width, height } : undefined);
  const what = kind && WHAT[kind][source === 'screen' ? 'screen' : 'person'];
  return [what && (name ? `${what} of ${name}` : what), picture && `${picture.width} × ${picture.height}`]
    .filter((part) => part !== undefined)
    .join(' · ');
}

const WHAT = {
  audio: { person: 'Microphone', screen: 'Sound of the screen' },
  video: { person: 'Camera', screen: 'Screen' },
} as const;
