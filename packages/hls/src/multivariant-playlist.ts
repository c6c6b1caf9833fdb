import { HlsError, malformed } from './errors.ts';
import { linesOf } from './lines.ts';
import { tagLine } from './tag.ts';
import { independentSegmentsTag } from './tags/flags.ts';
import { type IFrameStreamInf, iFrameStreamInfTag } from './tags/i-frame-stream-inf.ts';
import { type MediaRendition, mediaTag } from './tags/media.ts';
import { type SessionData, sessionDataTag } from './tags/session-data.ts';
import { type StreamInf, streamInfTag } from './tags/stream-inf.ts';
import { versionTag } from './tags/version.ts';

/** A variant: what it is and where its media playlist lies. */
export interface Variant extends StreamInf {
  readonly uri: string;
}

/** A multivariant playlist as a value (rfc8216bis, Multivariant Playlist Tags). */
export interface MultivariantPlaylist {
  readonly version: number;
  readonly independentSegments: boolean;
  readonly media: readonly MediaRendition[];
  /** The first is where a player starts. */
  readonly variants: readonly Variant[];
  readonly iFrames: readonly IFrameStreamInf[];
  /** Files beside the media. Those of other forms than a file of its own are ignored when read. */
  readonly sessionData: readonly SessionData[];
}

export function serializeMultivariantPlaylist(playlist: MultivariantPlaylist): string {
  const lines = ['#EXTM3U', tagLine(versionTag, playlist.version)];
  if (playlist.independentSegments) lines.push(tagLine(independentSegmentsTag, true));
  for (const data of playlist.sessionData) lines.push(tagLine(sessionDataTag, data));
  for (const media of playlist.media) lines.push(tagLine(mediaTag, media));
  for (const variant of playlist.variants) lines.push(tagLine(streamInfTag, variant), variant.uri);
  for (const pictures of playlist.iFrames) lines.push(tagLine(iFrameStreamInfTag, pictures));
  return `${lines.join('\n')}\n`;
}

/**
 * Ignores unknown tags and attributes.
 * @throws HlsError `malformed` with `data.line`
 */
export function parseMultivariantPlaylist(text: string): MultivariantPlaylist {
  let version = 1;
  let independentSegments = false;
  let started = false;
  let pending: StreamInf | undefined;
  const media: MediaRendition[] = [];
  const variants: Variant[] = [];
  const iFrames: IFrameStreamInf[] = [];
  const sessionData: SessionData[] = [];
  for (const line of linesOf(text)) {
    try {
      if (!started && (line.kind !== 'tag' || line.name !== 'EXTM3U'))
        throw malformed('a playlist begins with #EXTM3U');
      started = true;
      if (line.kind === 'uri') {
        if (!pending) throw malformed(`${line.text}: a variant needs an EXT-X-STREAM-INF tag before it`);
        variants.push({ ...pending, uri: line.text });
        pending = undefined;
      } else if (line.kind === 'tag') {
        if (line.name === versionTag.name) version = versionTag.parse(line.value);
        else if (line.name === independentSegmentsTag.name) independentSegments = true;
        else if (line.name === mediaTag.name) media.push(mediaTag.parse(line.value));
        else if (line.name === iFrameStreamInfTag.name) iFrames.push(iFrameStreamInfTag.parse(line.value));
        else if (line.name === sessionDataTag.name && /(?:^|,)URI=/.test(line.value))
          sessionData.push(sessionDataTag.parse(line.value));
        else if (line.name === streamInfTag.name) pending = streamInfTag.parse(line.value);
        else if (line.name === 'EXT-X-TARGETDURATION') throw malformed('this is a media playlist');
      }
    } catch (error) {
      if (!(error instanceof HlsError)) throw error;
      throw new HlsError('malformed', `line ${line.number}: ${error.message}`, {
        cause: error,
        data: { line: line.number },
      });
    }
  }
  if (!started) throw malformed('line 1: a playlist begins with #EXTM3U');
  if (variants.length === 0) throw malformed('a multivariant playlist has at least one variant');
  return { version, independentSegments, media, variants, iFrames, sessionData };
}
