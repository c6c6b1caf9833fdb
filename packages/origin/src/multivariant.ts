import { type MultivariantPlaylist, PLAYLIST_NAME } from '@amphi/hls';
import type { AudioRendition, StreamDescription, VideoRendition } from '@amphi/protocol';

const AUDIO_GROUP = 'audio';
/** EXT-X-MAP in media playlists (rfc8216bis, Protocol Version Compatibility). */
const VERSION = 6;

/** All renditions of a stream as players see them: each picture size with the audio beside it. */
export function multivariantOf(description: StreamDescription): MultivariantPlaylist {
  const video = description.renditions.filter((r): r is VideoRendition => r.kind === 'video');
  const audio = description.renditions.filter((r): r is AudioRendition => r.kind === 'audio');
  const firstAudio = audio[0];
  const base = { version: VERSION, independentSegments: true };
  if (video.length === 0) {
    const variants = audio.map(({ id, bandwidthBps, codecs }) => ({ uri: uriOf(id), bandwidthBps, codecs }));
    return { ...base, media: [], variants };
  }
  return {
    ...base,
    media: audio.map(({ id, channels }, index) => ({
      type: 'AUDIO',
      groupId: AUDIO_GROUP,
      name: index === 0 ? 'Audio' : `Audio ${index + 1}`,
      isDefault: index === 0,
      autoselect: true,
      channels: String(channels),
      uri: uriOf(id),
    })),
    variants: video.map((rendition) => ({
      uri: uriOf(rendition.id),
      bandwidthBps: rendition.bandwidthBps + Math.max(0, ...audio.map((r) => r.bandwidthBps)),
      codecs: firstAudio ? `${rendition.codecs},${firstAudio.codecs}` : rendition.codecs,
      resolution: { width: rendition.width, height: rendition.height },
      frameRate: rendition.frameRate,
      ...(firstAudio ? { audio: AUDIO_GROUP } : {}),
    })),
  };
}

const uriOf = (id: string): string => `${id}/${PLAYLIST_NAME}`;
