import {
  IFRAMES_NAME,
  type MultivariantPlaylist,
  PLAYLIST_NAME,
  THUMBNAILS_DATA_ID,
  THUMBNAILS_NAME,
} from '@amphi/hls';
import type { AudioRendition, Rendition, StreamDescription, VideoRendition } from '@amphi/protocol';
import { describedNow, familyOf } from './described-now.ts';
import { type MeasuredMedia, NOTHING_MEASURED } from './measured-media.ts';
import type { StreamState } from './stream-state.ts';

/** Shaka Player would look for some, in a segment of which there are only parts, and give up. */
const NO_CAPTIONS = 'NONE' as const;
const AUDIO_GROUP = 'audio';
/** EXT-X-MAP in media playlists (rfc8216bis, Protocol Version Compatibility). */
const VERSION = 6;

/** Bits a second of one rendition. */
interface BitRates {
  /** No set of segments will exceed it. */
  readonly peak: number;
  /** Of the segments so far; undefined before there are any. */
  readonly average: number | undefined;
}

/**
 * All renditions of a stream as players see them: each picture size with the audio beside it.
 *
 * BANDWIDTH has to hold for what is yet to come, so as long as the stream goes on it is what the packager promised, or
 * what was measured where that is more. "If all the Media Segments in a Variant Stream have already been created, the
 * BANDWIDTH value MUST be the largest sum of peak segment bit rates" (rfc8216bis, EXT-X-STREAM-INF): after the end it is
 * what was measured. Single pictures are part of their segments, whose promise holds for them, too.
 */
export function multivariantOf(first: StreamDescription, state: StreamState): MultivariantPlaylist {
  const description = describedNow(first, state);
  const rates = new Map(description.renditions.map((rendition) => [rendition.id, bitRatesOf(rendition, state)]));
  const peakOf = ({ id }: Rendition): number => rates.get(id)?.peak ?? 0;
  const averageOf = ({ id }: Rendition): number | undefined => rates.get(id)?.average;
  const video = description.renditions.filter((r): r is VideoRendition => r.kind === 'video');
  const audio = description.renditions.filter((r): r is AudioRendition => r.kind === 'audio');
  const sounds = groupsOf(audio);
  const base = { version: VERSION, independentSegments: true };
  if (video.length === 0) {
    const variants = audio.map((rendition) => ({
      uri: uriOf(rendition.id),
      bandwidthBps: peakOf(rendition),
      ...averageBandwidth(averageOf(rendition)),
      codecs: rendition.codecs,
      closedCaptions: NO_CAPTIONS,
    }));
    return { ...base, media: [], variants, iFrames: [], sessionData: [] };
  }
  return {
    ...base,
    media: sounds.flatMap(({ groupId, renditions }) =>
      renditions.map(({ id, channels }, index) => ({
        type: 'AUDIO',
        groupId,
        name: index === 0 ? 'Audio' : `Audio ${index + 1}`,
        isDefault: index === 0,
        autoselect: true,
        channels: String(channels),
        uri: uriOf(id),
      })),
    ),
    variants: pairsOf(video, sounds).map(({ rendition, sound }) => ({
      uri: uriOf(rendition.id),
      bandwidthBps: peakOf(rendition) + Math.max(0, ...(sound?.renditions ?? []).map(peakOf)),
      ...averageBandwidth(averageOf(rendition), ...(sound?.renditions ?? []).map(averageOf)),
      codecs: sound ? `${rendition.codecs},${sound.codecs}` : rendition.codecs,
      resolution: { width: rendition.width, height: rendition.height },
      frameRate: rendition.frameRate,
      ...(sound ? { audio: sound.groupId } : {}),
      closedCaptions: NO_CAPTIONS,
    })),
    sessionData: state.thumbnails.sheets.length > 0 ? [{ dataId: THUMBNAILS_DATA_ID, uri: THUMBNAILS_NAME }] : [],
    iFrames: video.flatMap((rendition) => {
      const pictures = state.renditions.get(rendition.id)?.iFrames ?? NOTHING_MEASURED;
      if (pictures.seconds === 0) return [];
      const { peak, average } = ratesOf(rendition.bandwidthBps, pictures, state);
      return {
        uri: `${rendition.id}/${IFRAMES_NAME}`,
        bandwidthBps: peak,
        ...averageBandwidth(average),
        codecs: rendition.codecs,
        resolution: { width: rendition.width, height: rendition.height },
      };
    }),
  };
}

/** Sound in one codec: a player chooses among the renditions of a group. */
interface SoundGroup {
  readonly groupId: string;
  readonly codecs: string;
  readonly renditions: readonly AudioRendition[];
}

/** One of a codec's own: what a variant plays has to be all in the codecs that it names. The first codec is what everything plays. */
function groupsOf(audio: readonly AudioRendition[]): SoundGroup[] {
  const codecs = [...new Set(audio.map((rendition) => rendition.codecs))];
  return codecs.map((codec, index) => ({
    groupId: index === 0 ? AUDIO_GROUP : `${AUDIO_GROUP}-${index + 1}`,
    codecs: codec,
    renditions: audio.filter((rendition) => rendition.codecs === codec),
  }));
}

/**
 * Which pictures go with which sound: those in the first codec with the first sound, those in another with the other where there
 * is one; else all with each. What plays everywhere comes first, each picture and each sound is there, and the list stays short.
 */
function pairsOf(
  video: readonly VideoRendition[],
  sounds: readonly SoundGroup[],
): { readonly rendition: VideoRendition; readonly sound: SoundGroup | undefined }[] {
  const families = [...new Set(video.map(familyOf))];
  const groups = sounds.length > 0 ? sounds : [undefined];
  return groups.flatMap((sound, index) =>
    video
      .filter((rendition) => {
        if (families.length === 1 || groups.length === 1) return true;
        return index === 0 ? familyOf(rendition) === families[0] : familyOf(rendition) !== families[0];
      })
      .map((rendition) => ({ rendition, sound })),
  );
}

const uriOf = (id: string): string => `${id}/${PLAYLIST_NAME}`;

function bitRatesOf({ id, bandwidthBps }: Rendition, state: StreamState): BitRates {
  return ratesOf(bandwidthBps, state.renditions.get(id)?.measured ?? NOTHING_MEASURED, state);
}

/** @param promised by the packager, bits a second */
function ratesOf(promised: number, { bytes, seconds, peakBps }: MeasuredMedia, { endedAt }: StreamState): BitRates {
  const isComplete = endedAt !== undefined && peakBps > 0;
  return {
    peak: isComplete ? peakBps : Math.max(promised, peakBps),
    average: seconds > 0 ? Math.round((bytes * 8) / seconds) : undefined,
  };
}

/** The sum of a variant and the most of what may be played beside it; nothing while any of them is not known. */
function averageBandwidth(
  own: number | undefined,
  ...beside: readonly (number | undefined)[]
): { readonly averageBandwidthBps?: number } {
  if (own === undefined || beside.includes(undefined)) return {};
  return { averageBandwidthBps: own + Math.max(0, ...(beside as readonly number[])) };
}
