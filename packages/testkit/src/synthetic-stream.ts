import { bytesOfFirstSample, codecString, createFragment, createInitSegment, type Sample } from '@amphi/mp4';
import { type AttachAnswer, attachAnswer, type Rendition, type StreamDescription } from '@amphi/protocol';
import type { EncodedAudio, EncodedVideo } from './encoded-media.ts';

/** A part ready to be sent, and when a live encoder would have it. */
export interface SyntheticPart {
  readonly renditionId: string;
  /** Counted from the start of this run. */
  readonly segment: number;
  readonly part: number;
  readonly data: Uint8Array;
  readonly duration: number;
  readonly independent: boolean;
  readonly last: boolean;
  /** Of a part that begins with a keyframe: up to the end of that picture. */
  readonly iFrameBytes?: number;
  /** Media time of its first sample, and of its end, in seconds. */
  readonly startsAt: number;
  readonly endsAt: number;
}

export interface SyntheticStream {
  readonly description: StreamDescription;
  readonly inits: ReadonlyMap<string, Uint8Array>;
  /** Of all renditions, in the order in which a live encoder would have them. */
  readonly parts: readonly SyntheticPart[];
}

/** First media time of a run: encoder priming then stays positive. */
const MEDIA_START_SECONDS = 10;

/** Cuts encoded media into CMAF parts as an egress does: audio parts end with the frame that reaches the video part's end. */
export function packageStream(options: {
  readonly videos: readonly (EncodedVideo & { readonly id: string })[];
  readonly audio: EncodedAudio & { readonly id: string };
  readonly framesPerPart: number;
  readonly partsPerSegment: number;
  readonly playlistType?: 'live' | 'event';
  readonly windowSegments?: number;
}): SyntheticStream {
  const { videos, audio, framesPerPart, partsPerSegment } = options;
  const frameRate = videos[0]!.frameRate;
  const partSeconds = framesPerPart / frameRate;
  const audioFrame = 1024 / audio.track.sampleRate;
  const parts: SyntheticPart[] = [];
  for (const { id, track, samples } of videos) {
    const groups: Sample[][] = [];
    for (let i = 0; i < samples.length; i += framesPerPart) groups.push(samples.slice(i, i + framesPerPart));
    parts.push(
      ...cut(id, track.id, track.timescale, groups, partsPerSegment).map((part, i) =>
        part.independent ? { ...part, iFrameBytes: bytesOfFirstSample(groups[i]!) } : part,
      ),
    );
  }
  const groups: Sample[][] = [];
  const group: Sample[] = [];
  audio.samples.forEach((sample, i) => {
    group.push(sample);
    if ((i + 1) * audioFrame >= (groups.length + 1) * partSeconds - 1e-9) groups.push(group.splice(0));
  });
  const { track } = audio;
  parts.push(...cut(audio.id, track.id, track.timescale, groups, partsPerSegment));
  const ends = new Map<number, number>();
  const enough = Math.min(...videos.map((video) => Math.floor(video.samples.length / framesPerPart)), groups.length);
  const whole = parts.filter((part) => part.segment * partsPerSegment + part.part < enough);
  for (const part of whole) ends.set(part.segment, Math.max(ends.get(part.segment) ?? 0, part.part));
  const ordered = whole
    .map((part) => ({ ...part, last: part.part === ends.get(part.segment) }))
    .sort((a, b) => a.segment - b.segment || a.part - b.part);
  return {
    description: {
      targetDurationSeconds: Math.ceil(partSeconds * partsPerSegment),
      playlistType: options.playlistType ?? 'live',
      windowSegments: options.windowSegments ?? 5,
      renditions: [
        ...videos.map(
          (video): Rendition => ({
            kind: 'video',
            id: video.id,
            codecs: codecString(video.track),
            bandwidthBps: (video.track.bitrateBps ?? 400_000) * 2,
            partTargetSeconds: partSeconds,
            width: video.track.width,
            height: video.track.height,
            frameRate,
          }),
        ),
        {
          kind: 'audio',
          id: audio.id,
          codecs: codecString(track),
          bandwidthBps: 80_000,
          partTargetSeconds: Math.ceil(partSeconds / audioFrame) * audioFrame,
          channels: track.channelCount,
        },
      ],
    },
    inits: new Map([...videos, audio].map(({ id, track }) => [id, createInitSegment(track)])),
    parts: ordered,
  };
}

function cut(
  renditionId: string,
  trackId: number,
  timescale: number,
  groups: readonly Sample[][],
  partsPerSegment: number,
): SyntheticPart[] {
  let ticks = 0;
  return groups.map((samples, i) => {
    const start = ticks;
    for (const { duration } of samples) ticks += duration;
    return {
      renditionId,
      segment: Math.floor(i / partsPerSegment),
      part: i % partsPerSegment,
      data: createFragment({
        sequenceNumber: i + 1,
        trackId,
        baseDecodeTime: MEDIA_START_SECONDS * timescale + start,
        samples,
      }),
      duration: (ticks - start) / timescale,
      independent: samples[0]?.isSync ?? false,
      last: false,
      startsAt: start / timescale,
      endsAt: ticks / timescale,
    };
  });
}

/** Speaks the ingest interface. Each call throws on a status other than 2xx, with the answer's text. */
export class IngestClient {
  readonly #base: string;
  readonly #token: string;
  readonly #streamId: string;
  #generation = 0;

  /** @param options.ingestUrl without a slash at the end */
  constructor(options: { readonly ingestUrl: string; readonly token: string; readonly streamId: string }) {
    this.#base = `${options.ingestUrl}/streams/${options.streamId}`;
    this.#token = options.token;
    this.#streamId = options.streamId;
  }

  async attach(description: StreamDescription): Promise<AttachAnswer> {
    const response = await this.#send('PUT', '', JSON.stringify(description));
    const answer = attachAnswer.parse(await response.json());
    this.#generation = answer.generation;
    return answer;
  }

  async putInit(renditionId: string, data: Uint8Array): Promise<void> {
    await this.#send('PUT', `/renditions/${renditionId}/init?generation=${this.#generation}`, data);
  }

  /**
   * @param firstMsn what `attach` answered
   * @param startedAtMs wall clock of media time 0
   */
  async putPart(part: SyntheticPart, firstMsn: number, startedAtMs: number): Promise<void> {
    const query = new URLSearchParams({
      generation: String(this.#generation),
      duration: part.duration.toFixed(6),
      independent: part.independent ? '1' : '0',
      last: part.last ? '1' : '0',
      programDateTimeMs: (startedAtMs + part.startsAt * 1000).toFixed(3),
      ...(part.iFrameBytes === undefined ? {} : { iFrameBytes: String(part.iFrameBytes) }),
    });
    const path = `/renditions/${part.renditionId}/parts/${firstMsn + part.segment}/${part.part}?${query}`;
    await this.#send('PUT', path, part.data);
  }

  async end(): Promise<void> {
    await this.#send('POST', `/end?generation=${this.#generation}`);
  }

  async #send(method: string, path: string, body?: Uint8Array | string): Promise<Response> {
    const response = await fetch(this.#base + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/octet-stream' },
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> | string }),
    });
    if (!response.ok) {
      throw new Error(`${method} ${this.#streamId}${path}: ${response.status} ${await response.text()}`);
    }
    return response;
  }
}
