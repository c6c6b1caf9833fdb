import type { StreamDescription } from '@amphi/protocol';
import type { RenditionPicture, StreamState } from './stream-state.ts';

type Pictures = Readonly<Record<string, RenditionPicture>>;

/** A stream as its packager describes it by now: in its middle the pictures may have become others. */
export function describedNow(
  first: StreamDescription,
  { renditions }: Pick<StreamState, 'renditions'>,
): StreamDescription {
  const pictures = [...renditions].flatMap(([id, { picture }]) => (picture ? [[id, picture] as const] : []));
  return withPictures(first, Object.fromEntries(pictures));
}

/** How large the pictures of each video rendition are, how they are encoded, and in how many bits. */
export function picturesOf({ renditions }: StreamDescription): Pictures {
  return Object.fromEntries(
    renditions.flatMap((rendition) => {
      if (rendition.kind !== 'video') return [];
      const { id, codecs, bandwidthBps, width, height } = rendition;
      return [[id, { codecs, bandwidthBps, width, height }]];
    }),
  );
}

/** The same stream with such pictures. Players choose among renditions by codec, so that one never changes its family. */
export function withPictures(description: StreamDescription, pictures: Pictures): StreamDescription {
  return {
    ...description,
    renditions: description.renditions.map((rendition) => {
      const picture = pictures[rendition.id];
      const fits = rendition.kind === 'video' && picture && familyOf(picture) === familyOf(rendition);
      return fits ? { ...rendition, ...picture } : rendition;
    }),
  };
}

/** `avc1` of `avc1.64001f`. */
export function familyOf({ codecs }: { readonly codecs: string }): string {
  return codecs.split('.', 1)[0]!;
}
