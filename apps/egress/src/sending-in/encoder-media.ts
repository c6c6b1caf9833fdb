import { CodedError, type Logger, messageOf } from '@amphi/base';
import { MESSAGE, type RtmpMessage, readAudioTag, readVideoTag, type VideoTag } from '@amphi/rtmp';
import { AudioPath } from './audio-path.ts';
import { VideoPath, type VideoTrackInfo } from './video-path.ts';

/** Within this time of the stream both kinds have to show; what has not by then does not come. */
const PATIENCE_MS = 1_000;
/** Pictures from which the frame rate is known. */
const PICTURES_TO_COUNT = 8;
const USUAL_FRAME_RATE = 30;
const MAX_FRAME_RATE = 60;
/** Messages that wait for that: a second of any stream. */
const MAX_WAITING = 512;
/** Of the pictures that are there at once, those before the last ones are late. */
const NEWEST_PICTURES = 6;
/** In a row: a stream of which nothing can be decoded is none. */
const MAX_FAILURES = 300;

/** Where what is ready goes. */
export interface MediaOutput {
  sendVideo(data: Uint8Array, ms: number, isKeyframe: boolean): void;
  sendAudio(data: Uint8Array, position: number): void;
  close(): void;
}

export interface MediaTracks {
  readonly video?: VideoTrackInfo;
  readonly audio: boolean;
}

/** What an encoder sends by RTMP, made into what the room takes: first what it consists of, then all of it, on one time line. */
export class EncoderMedia {
  readonly #open: (tracks: MediaTracks) => MediaOutput;
  readonly #logger: Logger;
  #waiting: RtmpMessage[] | undefined = [];
  #output: MediaOutput | undefined;
  #video: VideoPath | undefined;
  #audio: AudioPath | undefined;
  #videoMs = new Elapsed();
  #audioMs = new Elapsed();
  /** Configurations that are in use, as text. */
  #videoConfig = '';
  #audioConfig = '';
  #failures = 0;
  /** The output has failed: nothing that comes can mend it. */
  #isLost = false;

  /** @param options.open called once, when it is known what comes; may take its time */
  constructor(options: { readonly open: (tracks: MediaTracks) => MediaOutput; readonly logger: Logger }) {
    this.#open = options.open;
    this.#logger = options.logger;
  }

  /**
   * @param messages audio and video, as many as are there
   * @throws CodedError when it cannot go on
   */
  take(messages: readonly RtmpMessage[]): void {
    if (!this.#waiting) {
      this.#work(messages);
      return;
    }
    this.#waiting.push(...messages);
    if (!isKnown(this.#waiting)) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#begin(waiting);
    this.#work(waiting);
  }

  close(): void {
    this.#video?.close();
    this.#audio?.close();
    this.#output?.close();
  }

  #begin(messages: readonly RtmpMessage[]): void {
    const [first] = messages;
    this.#videoMs = new Elapsed(first?.timestamp);
    this.#audioMs = new Elapsed(first?.timestamp);
    const videoConfig = configOf(messages, MESSAGE.video);
    const audioConfig = configOf(messages, MESSAGE.audio);
    if (videoConfig) {
      this.#video = new VideoPath(videoConfig, frameRateOf(messages), (data, ms, isKeyframe) =>
        this.#put((output) => output.sendVideo(data, ms, isKeyframe)),
      );
    }
    if (audioConfig) {
      this.#audio = new AudioPath(audioConfig, (data, position) =>
        this.#put((output) => output.sendAudio(data, position)),
      );
    }
    const video = this.#video?.info;
    this.#logger.info({ width: video?.width, height: video?.height, audio: audioConfig !== undefined }, 'sends in');
    this.#output = this.#open({ ...(video && { video }), audio: audioConfig !== undefined });
  }

  #work(messages: readonly RtmpMessage[]): void {
    let pictures = messages.filter(({ type }) => type === MESSAGE.video).length;
    for (const message of messages) {
      try {
        if (message.type === MESSAGE.video) this.#takeVideo(message, pictures-- > NEWEST_PICTURES);
        else if (message.type === MESSAGE.audio) this.#takeAudio(message);
        this.#failures = 0;
      } catch (error) {
        this.#failures += 1;
        if (this.#isLost || isUnsupported(error)) throw error;
        if (this.#failures === 1) this.#logger.warn({ error: messageOf(error) }, 'could not take what an encoder sent');
        if (this.#failures > MAX_FAILURES) throw error;
      }
    }
  }

  #put(send: (output: MediaOutput) => void): void {
    if (!this.#output) return;
    try {
      send(this.#output);
    } catch (error) {
      this.#isLost = true;
      throw error;
    }
  }

  #takeVideo({ timestamp, body }: RtmpMessage, isLate: boolean): void {
    const ms = this.#videoMs.at(timestamp);
    const tag = readVideoTag(body);
    if (tag.kind === 'config') this.#reconfigureVideo(tag.config);
    else if (tag.kind === 'coded') this.#video?.take(tag, ms, isLate);
  }

  #takeAudio({ timestamp, body }: RtmpMessage): void {
    const ms = this.#audioMs.at(timestamp);
    const tag = readAudioTag(body);
    if (tag.kind === 'config') this.#reconfigureAudio(tag.config);
    else if (tag.kind === 'coded') this.#audio?.take(tag.data, ms);
  }

  #reconfigureVideo(config: Uint8Array): void {
    const key = Buffer.from(config).toString('base64');
    // Encoders send it again and again.
    if (this.#videoConfig !== '' && key !== this.#videoConfig) this.#video?.configure(config);
    this.#videoConfig = key;
  }

  #reconfigureAudio(config: Uint8Array): void {
    const key = Buffer.from(config).toString('base64');
    if (this.#audioConfig !== '' && key !== this.#audioConfig) this.#audio?.configure(config);
    this.#audioConfig = key;
  }
}

/** What comes is whole, and nothing that can be made into what the room takes. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof CodedError && error.code === 'unsupported_picture';
}

/** Milliseconds since the beginning, of timestamps that wrap at 2^32. */
class Elapsed {
  #last: number;
  #ms = 0;

  constructor(first = 0) {
    this.#last = first;
  }

  at(timestamp: number): number {
    this.#ms += (timestamp - this.#last) | 0;
    this.#last = timestamp;
    return Math.max(0, this.#ms);
  }
}

/** Whether it can be said what the stream consists of. */
function isKnown(messages: readonly RtmpMessage[]): boolean {
  const [first] = messages;
  const last = messages.at(-1);
  if (!first || !last) return false;
  const hasVideo = configOf(messages, MESSAGE.video) !== undefined;
  const hasAudio = configOf(messages, MESSAGE.audio) !== undefined;
  const isCounted = codedPictures(messages).length >= PICTURES_TO_COUNT;
  if (hasVideo && hasAudio && isCounted) return true;
  const isOver = ((last.timestamp - first.timestamp) | 0) > PATIENCE_MS || messages.length >= MAX_WAITING;
  return isOver && (hasVideo || hasAudio);
}

function codedPictures(messages: readonly RtmpMessage[]): { readonly tag: VideoTag; readonly ms: number }[] {
  return messages.flatMap(({ type, body, timestamp }) => {
    if (type !== MESSAGE.video) return [];
    const tag = readVideoTag(body);
    return tag.kind === 'coded' ? [{ tag, ms: timestamp }] : [];
  });
}

function configOf(messages: readonly RtmpMessage[], type: number): Uint8Array | undefined {
  for (const message of messages) {
    if (message.type !== type) continue;
    const tag = type === MESSAGE.video ? readVideoTag(message.body) : readAudioTag(message.body);
    if (tag.kind === 'config') return tag.config;
  }
  return undefined;
}

/** By the pictures that are there; what is usual when there are too few. */
function frameRateOf(messages: readonly RtmpMessage[]): number {
  const pictures = codedPictures(messages);
  const [first] = pictures;
  const last = pictures.at(-1);
  const ms = first && last ? (last.ms - first.ms) | 0 : 0;
  if (ms <= 0) return USUAL_FRAME_RATE;
  return Math.min(MAX_FRAME_RATE, Math.max(1, Math.round(((pictures.length - 1) * 1_000) / ms)));
}
