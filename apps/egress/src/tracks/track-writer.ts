import type { Millis } from '@amphi/base';
import { avcConfigFromAnnexB, sampleFromAnnexB } from '@amphi/mp4';
import type { EncodedVideoFrame } from '@amphi/rtp';
import type { FileTrack } from './matroska-writer.ts';
import { PictureFile, SoundFile } from './track-file.ts';

/** A file that begins; what is written to it goes to `write`. */
export interface OpenedFile {
  readonly write: (data: Uint8Array) => void;
  end(): void;
}

export interface FileBeginning {
  readonly codec: FileTrack['codec'];
  /** When what it begins with was captured, Unix epoch. */
  readonly startedAtMs: number;
}

interface WriterOptions {
  readonly title: string;
  readonly open: (beginning: FileBeginning) => OpenedFile;
}

/** What one track becomes: a file from its first packet on. */
export class SoundWriter {
  readonly #options: WriterOptions;
  #open: { readonly file: SoundFile; readonly on: OpenedFile } | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  push(packet: Uint8Array, capturedAt: Millis): void {
    if (packet.byteLength === 0) return;
    if (!this.#open) {
      const on = this.#options.open({ codec: 'opus', startedAtMs: capturedAt });
      const { title } = this.#options;
      this.#open = { on, file: new SoundFile({ title, startedAtMs: capturedAt, write: on.write }) };
    }
    this.#open.file.push(packet, capturedAt);
  }

  end(): void {
    this.#open?.file.end();
    this.#open?.on.end();
  }
}

/**
 * The same of pictures: from the first keyframe on, and after a loss from the next one, as what refers to what is missing would be shown
 * broken. The head of an H.264 file says how to decode it: with other parameter sets another file begins.
 */
export class PictureWriter {
  readonly #options: WriterOptions & {
    readonly codec: 'vp8' | 'vp9' | 'h264';
    readonly onKeyframeNeeded: () => void;
  };
  #open:
    | { readonly file: PictureFile; readonly on: OpenedFile; readonly avcConfig: Uint8Array | undefined }
    | undefined;
  #needsKeyframe = true;

  constructor(
    options: WriterOptions & { readonly codec: 'vp8' | 'vp9' | 'h264'; readonly onKeyframeNeeded: () => void },
  ) {
    this.#options = options;
  }

  push(frame: EncodedVideoFrame, capturedAt: Millis): void {
    if (this.#needsKeyframe && !frame.isKeyframe) {
      this.#options.onKeyframeNeeded();
      return;
    }
    try {
      if (frame.isKeyframe) this.#follow(frame, capturedAt);
    } catch {
      // A keyframe that says nothing one could decode by.
      this.handleGap();
      return;
    }
    const { isKeyframe } = frame;
    const data = this.#options.codec === 'h264' ? sampleFromAnnexB(frame.data).data : frame.data;
    this.#needsKeyframe = false;
    this.#open?.file.push({ data, isKeyframe }, capturedAt);
  }

  handleGap(): void {
    this.#needsKeyframe = true;
    this.#options.onKeyframeNeeded();
  }

  end(): void {
    this.#open?.file.end();
    this.#open?.on.end();
    this.#open = undefined;
  }

  /** @throws Mp4Error for a keyframe of H.264 without usable parameter sets */
  #follow({ data, pictureSize }: EncodedVideoFrame, startedAtMs: Millis): void {
    const { codec, title, open } = this.#options;
    const h264 = codec === 'h264' ? avcConfigFromAnnexB(data) : undefined;
    if (this.#open && (!h264 || isSame(h264.avcConfig, this.#open.avcConfig))) return;
    const { width, height } = h264 ?? pictureSize ?? { width: 0, height: 0 };
    const track: FileTrack = h264
      ? { codec: 'h264', width, height, avcConfig: h264.avcConfig }
      : { codec: codec === 'vp9' ? 'vp9' : 'vp8', width, height };
    this.end();
    const on = open({ codec, startedAtMs });
    const file = new PictureFile({ track, title, startedAtMs, write: on.write });
    this.#open = { file, on, avcConfig: h264?.avcConfig };
  }
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}
