import { type Millis, messageOf, Scope } from '@amphi/base';
import {
  type Depacketizer,
  H264Depacketizer,
  NtpOffset,
  SyncGroup,
  Vp8Depacketizer,
  Vp9Depacketizer,
} from '@amphi/rtp';
import type { MediaCommand } from '../pipeline/messages.ts';
import { RtpReceiver } from '../sources/rtp-receiver.ts';
import type { SourceStream } from '../sources/source-stream.ts';
import { type FileBeginning, type OpenedFile, PictureWriter, SoundWriter } from './track-writer.ts';

/** Nobody waits for the pictures: a retransmission has time for several tries. */
const MAX_PICTURE_WAIT_MS: Millis = 500;
/** Sound is not sent again; what is waited for is what was overtaken on its way. */
const MAX_SOUND_WAIT_MS: Millis = 100;
/** So that one can jump to a place: publishers send keyframes only when somebody asks. */
const KEYFRAME_PERIOD_MS: Millis = 10_000;

type SourceCommand = Extract<MediaCommand, { readonly sourceId: string }>;

interface Source {
  readonly kind: 'audio' | 'video';
  readonly peerId: string;
  readonly receiver: RtpReceiver;
  /** From when it is connected on. */
  take: ((packet: Parameters<Depacketizer['push']>[0], arrivedAt: Millis) => void) | undefined;
  gap: () => void;
  end: () => void;
}

export interface TrackSourcesOptions {
  readonly listenIp: string;
  readonly onOpened: (sourceId: string, port: number) => void;
  readonly onFailed: (sourceId: string, message: string) => void;
  /** Of whom it is, as players show it. */
  readonly titleOf: (sourceId: string) => string;
  /** A file of the source begins. */
  readonly openFile: (sourceId: string, beginning: FileBeginning) => OpenedFile;
}

/**
 * Tracks as they come over RTP, each into files of its own: put in order, what was lost asked for, dated by sender reports as the
 * composed stream dates them; never decoded. Does what the media thread of the engine does with the same commands.
 */
export class TrackSources {
  readonly #options: TrackSourcesOptions;
  readonly #scope = new Scope();
  readonly #ntpOffset = new NtpOffset();
  readonly #syncGroups = new Map<string, SyncGroup>();
  readonly #sources = new Map<string, Source>();

  constructor(options: TrackSourcesOptions) {
    this.#options = options;
    this.#scope.every(KEYFRAME_PERIOD_MS, () => {
      for (const { kind, take, receiver } of this.#sources.values()) {
        if (kind === 'video' && take) receiver.requestKeyframe();
      }
    });
  }

  get size(): number {
    return this.#sources.size;
  }

  handle(command: SourceCommand): void {
    switch (command.type) {
      case 'open-source':
        void this.#open(command);
        return;
      case 'connect-source':
        this.#connect(command.sourceId, command.stream);
        return;
      case 'capture-report':
        this.#sources.get(command.sourceId)?.receiver.onCaptureReport(command.report);
        return;
      case 'close-source':
        this.#close(command.sourceId);
    }
  }

  /** Ends all files. */
  close(): void {
    for (const sourceId of [...this.#sources.keys()]) this.#close(sourceId);
    this.#scope.close();
  }

  async #open({ sourceId, kind, peerId }: Extract<MediaCommand, { type: 'open-source' }>): Promise<void> {
    this.#close(sourceId);
    const syncGroup = this.#syncGroups.get(peerId) ?? new SyncGroup();
    this.#syncGroups.set(peerId, syncGroup);
    try {
      const receiver = new RtpReceiver({
        ntpOffset: this.#ntpOffset,
        syncGroup,
        maxWaitMs: kind === 'video' ? MAX_PICTURE_WAIT_MS : MAX_SOUND_WAIT_MS,
        handlers: {
          onPacket: (packet, arrivedAt) => source.take?.(packet, arrivedAt),
          onGap: () => source.gap(),
        },
      });
      const source: Source = { kind, peerId, receiver, take: undefined, gap: () => {}, end: () => {} };
      this.#sources.set(sourceId, source);
      this.#options.onOpened(sourceId, await receiver.open(this.#options.listenIp));
    } catch (error) {
      this.#close(sourceId);
      this.#options.onFailed(sourceId, messageOf(error));
    }
  }

  #connect(sourceId: string, stream: SourceStream): void {
    const source = this.#sources.get(sourceId);
    if (!source) return;
    const { receiver } = source;
    const options = {
      title: this.#options.titleOf(sourceId),
      open: (beginning: FileBeginning) => this.#options.openFile(sourceId, beginning),
    };
    if (source.kind === 'audio') {
      const writer = new SoundWriter(options);
      source.take = ({ payload, timestamp }, arrivedAt) => {
        if (payload.length > 0) writer.push(payload, receiver.capturedAt(timestamp, arrivedAt));
      };
      source.end = () => writer.end();
    } else {
      const codec = codecOf(stream.mimeType);
      const depacketizer: Depacketizer = new DEPACKETIZERS[codec]();
      const writer = new PictureWriter({ ...options, codec, onKeyframeNeeded: () => receiver.requestKeyframe() });
      source.take = (packet, arrivedAt) => {
        const frame = depacketizer.push(packet);
        if (frame) writer.push(frame, receiver.capturedAt(frame.timestamp, arrivedAt));
      };
      source.gap = () => {
        depacketizer.handleGap();
        writer.handleGap();
      };
      source.end = () => writer.end();
    }
    receiver.connect(stream);
  }

  #close(sourceId: string): void {
    const source = this.#sources.get(sourceId);
    if (!source) return;
    this.#sources.delete(sourceId);
    source.receiver.close();
    source.end();
    const { peerId } = source;
    if (![...this.#sources.values()].some((other) => other.peerId === peerId)) this.#syncGroups.delete(peerId);
  }
}

const DEPACKETIZERS = { vp8: Vp8Depacketizer, vp9: Vp9Depacketizer, h264: H264Depacketizer } as const;

/** What the SFU routes is one of these. */
function codecOf(mimeType: string): keyof typeof DEPACKETIZERS {
  const name = mimeType.toLowerCase().replace('video/', '');
  return name === 'vp8' || name === 'vp9' ? name : 'h264';
}
