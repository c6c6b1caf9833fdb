import { parentPort, workerData } from 'node:worker_threads';
import { assert, messageOf } from '@amphi/base';
import { AacEncoder, MAX_PICTURE_PIXELS, OpusEncoder, quietCodecLibrary, SAMPLE_RATE } from '@amphi/media';
import { NtpOffset, type PictureSize, SyncGroup } from '@amphi/rtp';
import { startThread } from '../jobs/threads.ts';
import { AudioSource } from '../sources/audio-source.ts';
import { wallClock } from '../sources/rtp-receiver.ts';
import { VideoSource } from '../sources/video-source.ts';
import { AudioMixer } from './audio-mixer.ts';
import { Canvas } from './canvas.ts';
import { LetteringThread } from './lettering.ts';
import type { CanvasSettings, MediaCommand, MediaEvent, MediaThreadSettings } from './messages.ts';
import { OpusFramer } from './opus-framer.ts';
import { OutputClock } from './output-clock.ts';

/**
 * Thread of the engine: receives and decodes the sources, draws each picture's canvas a tick into its ring, mixes the sound.
 * Never waits for an encoder: a tick for which no slot is free is skipped; at the start of a part the last picture is
 * encoded once more. Nor does it fall behind: a tick inside of a part that comes too late is skipped, until the clock is caught up.
 */

const settings = workerData as MediaThreadSettings;
const { frameRate, framesPerPart, framesPerSegment, playoutDelayMs } = settings;
/** Samples that the AAC encoder puts in front: one frame. */
const PRIMING_SAMPLES = 1024;
const STATS_TICKS = frameRate * 5;
/**
 * A tick that comes later is not drawn, unless a part begins with it. Above the hiccups of a busy machine; below what sources keep of pictures that
 * wait, so that what is drawn is never younger than its place in the stream.
 */
const MAX_LATENESS_MS = 200;

function post(event: MediaEvent, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(event, transfer);
}

class Engine {
  /** By number, in the order in which they came. */
  readonly #canvases = new Map<number, Canvas>();
  readonly #letters = new LetteringThread(startThread('text-thread', undefined), (message) =>
    post({ type: 'trouble', severity: 'warning', code: 'text_failed', message }),
  );
  readonly #encoder = new AacEncoder({ bitrateBps: settings.audioBitrateBps });
  readonly #clock: OutputClock;
  readonly #ntpOffset = new NtpOffset();
  /** Publisher of each open source. */
  readonly #publishers = new Map<string, string>();
  /** By publisher. */
  readonly #syncGroups = new Map<string, SyncGroup>();
  readonly #videos = new Map<string, VideoSource>();
  readonly #audios = new Map<string, AudioSource>();
  #mixer: AudioMixer | undefined;
  #wantsOpus = false;
  #opus: OpusFramer | undefined;
  #audible: ReadonlySet<string> = new Set();
  /** Every how many-th picture of a part the rungs below the top and further canvases get. */
  #step = 1;
  #stopAt: number | undefined;
  #lastTick: number | undefined;
  #ticks = 0;
  #skipped = 0;

  constructor() {
    settings.canvases.forEach((canvas, index) => {
      this.#canvases.set(index, this.#createCanvas(canvas));
    });
    this.#clock = new OutputClock({ frameRate, now: wallClock, onTick: (tick, dueAt) => this.#tick(tick, dueAt) });
    post({
      type: 'ready',
      audioSpecificConfig: this.#encoder.audioSpecificConfig,
      sampleRate: SAMPLE_RATE,
      channels: 2,
      primingSamples: PRIMING_SAMPLES,
    });
  }

  handle(command: MediaCommand): void {
    switch (command.type) {
      case 'open-source':
        void this.#openSource(command);
        break;
      case 'connect-source':
        (this.#videos.get(command.sourceId) ?? this.#audios.get(command.sourceId))?.connect(command.stream);
        this.#showOrHide();
        break;
      case 'capture-report':
        (this.#videos.get(command.sourceId) ?? this.#audios.get(command.sourceId))?.onCaptureReport(command.report);
        break;
      case 'close-source':
        this.#closeSource(command.sourceId);
        break;
      case 'canvas':
        this.#addCanvas(command.canvas, command.settings);
        break;
      case 'close-canvas':
        this.#canvases.get(command.canvas)?.close();
        this.#canvases.delete(command.canvas);
        this.#showOrHide();
        break;
      case 'scene':
        this.#canvas(command.canvas).scene = command.scene;
        this.#audible = new Set(command.scene.audioSourceIds);
        this.#showOrHide();
        break;
      case 'composition':
        this.#canvas(command.canvas).composition = command.composition;
        break;
      case 'thin':
        this.#step = command.step;
        break;
      case 'rungs':
        post({ type: 'rungs', fromTick: this.#canvas(command.canvas).want(command.rungs) });
        break;
      case 'opus':
        this.#wantsOpus = command.isWanted;
        break;
      case 'start': {
        const startedAt = this.#clock.start(settings.firstTick) - playoutDelayMs;
        const capturedFrom = startedAt + (settings.firstTick * 1000) / frameRate;
        this.#mixer = new AudioMixer({
          encoder: this.#encoder,
          capturedFrom,
          onMixed: (left, right, position) => this.#sendOpus(left, right, position),
        });
        post({ type: 'started', startedAtMs: startedAt });
        break;
      }
      case 'stop':
        // What was captured until now is due in a moment. A clock that never ran has nothing to end.
        if (this.#mixer) this.#stopAt = wallClock() + playoutDelayMs;
        else this.#stop();
        break;
      case 'end':
        // Of this thread.
        process.exit();
    }
  }

  #canvas(number: number): Canvas {
    const canvas = this.#canvases.get(number);
    assert(canvas, `there is a canvas ${number}`);
    return canvas;
  }

  #createCanvas(canvas: CanvasSettings): Canvas {
    return new Canvas(canvas, {
      framesPerPart,
      framesPerSegment,
      firstTick: settings.firstTick,
      lastTick: this.#lastTick,
      title: settings.roomName,
      letterer: this.#letters.letter,
    });
  }

  #addCanvas(number: number, settings: CanvasSettings): void {
    const newest = [...this.#canvases.values()].at(-1);
    const canvas = this.#createCanvas(settings);
    if (newest) canvas.scene = newest.scene;
    this.#canvases.set(number, canvas);
  }

  async #openSource({ sourceId, kind, peerId }: Extract<MediaCommand, { type: 'open-source' }>): Promise<void> {
    this.#publishers.set(sourceId, peerId);
    const clocks = { ntpOffset: this.#ntpOffset, syncGroup: this.#syncGroupOf(peerId) };
    let source: VideoSource | AudioSource | undefined;
    try {
      if (kind === 'video') {
        source = new VideoSource({
          ...clocks,
          onTooLarge: (size) => this.#tellTooLarge(sourceId, size),
          onUndecodable: () => this.#tellUndecodable(sourceId),
        });
        this.#videos.set(sourceId, source);
      } else {
        source = new AudioSource(clocks);
        this.#audios.set(sourceId, source);
      }
      post({ type: 'source-open', sourceId, port: await source.open(settings.rtpListenIp) });
    } catch (error) {
      // One source less; the others go on, and main asks for it again.
      if ((this.#videos.get(sourceId) ?? this.#audios.get(sourceId)) === source) this.#closeSource(sourceId);
      post({ type: 'source-failed', sourceId, message: messageOf(error) });
    }
  }

  #syncGroupOf(peerId: string): SyncGroup {
    const group = this.#syncGroups.get(peerId) ?? new SyncGroup();
    this.#syncGroups.set(peerId, group);
    return group;
  }

  #closeSource(sourceId: string): void {
    this.#videos.get(sourceId)?.close();
    this.#videos.delete(sourceId);
    this.#audios.get(sourceId)?.close();
    this.#audios.delete(sourceId);
    const peerId = this.#publishers.get(sourceId);
    this.#publishers.delete(sourceId);
    if (peerId !== undefined && ![...this.#publishers.values()].includes(peerId)) this.#syncGroups.delete(peerId);
  }

  #tellTooLarge(sourceId: string, { width, height }: PictureSize): void {
    post({
      type: 'trouble',
      severity: 'degraded',
      code: 'picture_too_large',
      message: `track ${sourceId} has pictures of ${width}×${height}; shown are at most ${MAX_PICTURE_PIXELS} pixels`,
    });
  }

  #tellUndecodable(sourceId: string): void {
    post({
      type: 'trouble',
      severity: 'degraded',
      code: 'source_undecodable',
      message: `track ${sourceId} sends, but no picture can be made of it`,
    });
  }

  #showOrHide(): void {
    const shown = new Set(
      [...this.#canvases.values()].flatMap(({ scene }) => scene.items.map((item) => item.videoSourceId)),
    );
    for (const [sourceId, video] of this.#videos) video.setShown(shown.has(sourceId));
  }

  #tick(tick: number, dueAt: number): void {
    this.#ticks++;
    this.#lastTick = tick;
    const capturedUntil = dueAt - playoutDelayMs;
    this.#sendAudio(this.#mixer?.mixUntil(capturedUntil, this.#rings()) ?? []);
    // Sources move on even when the tick is not encoded, so that their queues stay short. Each picture begins at the tick
    // nearest to its capture: at the one after it, pictures would come half a period later than their sound in the mean.
    for (const video of this.#videos.values()) video.pictureAt(capturedUntil + 500 / frameRate);
    if (!this.#drawTick(tick, dueAt)) this.#skipped++;
    if (this.#stopAt !== undefined && dueAt >= this.#stopAt) {
      this.#stop(capturedUntil);
      return;
    }
    if (this.#ticks % STATS_TICKS === 0) {
      post({
        type: 'stats',
        ticks: this.#ticks,
        skipped: this.#skipped,
        sources: this.#videos.size + this.#audios.size,
      });
    }
  }

  /** @returns whether the encoders of all canvases get their picture of this tick */
  #drawTick(tick: number, dueAt: number): boolean {
    const isLate = wallClock() - dueAt > MAX_LATENESS_MS;
    const pictureOf = (sourceId: string) => this.#videos.get(sourceId)?.pictureAt(Number.NEGATIVE_INFINITY);
    const outcomes = [...this.#canvases.values()].map((canvas) => ({
      canvas,
      outcome: canvas.draw(tick, { pictureOf, dueAt, isLate, step: this.#step }),
    }));
    const told = outcomes.findLast(({ canvas, outcome }) => canvas.keepsTop && outcome !== 'idle');
    if (settings.tellsTicks && told?.outcome === 'drawn') this.#tellDrawn(tick, told.canvas);
    return outcomes.every(({ outcome }) => outcome !== 'skipped');
  }

  #tellDrawn(tick: number, { isMoving, scene }: Canvas): void {
    const items = isMoving ? [] : scene.items;
    const shown = items.flatMap(({ videoSourceId: id }): [string, number][] => {
      const at = id === undefined ? undefined : this.#videos.get(id)?.capturedAt;
      return id === undefined || at === undefined ? [] : [[id, at]];
    });
    post({ type: 'drawn', tick, capturedAt: Object.fromEntries(shown) });
  }

  *#rings(): Generator<{ ring: AudioSource['ring']; audible: boolean }> {
    for (const [sourceId, source] of this.#audios) yield { ring: source.ring, audible: this.#audible.has(sourceId) };
  }

  #sendAudio(frames: Uint8Array[]): void {
    if (frames.length === 0) return;
    post(
      { type: 'audio', frames },
      frames.map((frame) => frame.buffer as ArrayBuffer),
    );
  }

  /** Made with the first block that somebody wants, and let go with the first that nobody does. */
  #sendOpus(left: Float32Array, right: Float32Array, position: number): void {
    if (!this.#wantsOpus) {
      this.#opus?.close();
      this.#opus = undefined;
      return;
    }
    const firstSample = Math.round((settings.firstTick * SAMPLE_RATE) / frameRate) + position;
    this.#opus ??= new OpusFramer({ encoder: new OpusEncoder({ bitrateBps: settings.audioBitrateBps }), firstSample });
    const frames = this.#opus.push(left, right);
    if (frames.length === 0) return;
    post(
      { type: 'opus', frames },
      frames.map(({ data }) => data.buffer as ArrayBuffer),
    );
  }

  #stop(capturedUntil?: number): void {
    this.#clock.stop();
    if (capturedUntil !== undefined) this.#sendAudio(this.#mixer?.finish(capturedUntil, this.#rings()) ?? []);
    for (const canvas of this.#canvases.values()) canvas.close();
    for (const source of [...this.#videos.values(), ...this.#audios.values()]) source.close();
    this.#letters.close();
    this.#encoder.close();
    this.#opus?.close();
    post({ type: 'stopped' });
    parentPort?.close();
  }
}

quietCodecLibrary();
try {
  const engine = new Engine();
  parentPort?.on('message', (command: MediaCommand) => {
    try {
      engine.handle(command);
    } catch (error) {
      post({ type: 'trouble', severity: 'fatal', code: 'engine_failed', message: messageOf(error) });
    }
  });
} catch (error) {
  post({ type: 'trouble', severity: 'fatal', code: 'engine_failed', message: messageOf(error) });
}
