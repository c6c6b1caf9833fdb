import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { assert, Emitter, messageOf } from '@amphi/base';
import type { Composition, EgressJobMessage, VideoRung } from '@amphi/protocol';
import { encoderPreset } from '../pipeline/encoder-preset.ts';
import {
  type CanvasSettings,
  createCanvasRing,
  type EncoderEvent,
  type MediaCommand,
  type MediaEvent,
  type MediaThreadSettings,
} from '../pipeline/messages.ts';
import { thumbnailRung } from '../sinks/rungs-taken.ts';
import type { EncodedPicture, OpusFrame, ThumbnailSheet } from '../sinks/sink.ts';
import type { ProgramStart } from '../sinks/sink-set.ts';
import { startThread } from './threads.ts';

/** Parts of a run's first segment: players wait for a whole segment before they start. */
const FIRST_SEGMENT_PARTS = 2;
/** How far behind the engine clock a tick looks for frames: room for jitter and for a lost packet's second way. */
const PLAYOUT_DELAY_MS = 100;
/** A picture takes a codec less, on any machine that can stream at all. */
const END_LIMIT_MS = 1_000;

/** What is no matter of starting and stopping. */
export type EngineNews = Exclude<
  MediaEvent,
  { readonly type: 'ready' | 'started' | 'stopped' | 'audio' | 'opus' | 'rungs' }
>;

interface Events {
  /** `canvas` is its number, as everywhere here: the place in the list that the engine began with, or what `addCanvas` said. */
  picture: { readonly canvas: number; readonly rung: number; readonly picture: EncodedPicture };
  thumbnails: { readonly canvas: number; readonly sheet: ThumbnailSheet };
  /** The next AAC frames of the run, the encoder's priming first. */
  audio: readonly Uint8Array[];
  /** The next packets of Opus, while they are wanted. */
  opus: readonly OpusFrame[];
  /** The clock runs; what is made of each canvas. Pictures may come before, sound does not. */
  started: readonly ProgramStart[];
  news: EngineNews;
  /** It is over. */
  failed: { readonly code: string; readonly message: string };
}

/** A picture that the engine makes. */
export interface EngineCanvas {
  readonly composition: Composition;
  /** Largest first; the first is the size of the canvas. */
  readonly rungs: readonly VideoRung[];
  /** Those that are encoded from the beginning on, by their place; rising. */
  readonly firstRungs: readonly number[];
  /** Its top rung gets all pictures, however many the others get. */
  readonly keepsTop: boolean;
}

interface EncoderOf {
  readonly canvas: number;
  readonly rung: number;
  readonly thread: Worker;
}

/** Media thread and encoder threads: from commands to encoded pictures and sound. */
export class Engine {
  readonly events = new Emitter<Events>();
  readonly #job: EgressJobMessage;
  readonly #media: Worker;
  readonly #canvases: readonly EngineCanvas[];
  readonly #preset: string | undefined;
  #encoders: readonly EncoderOf[];
  #nextCanvas: number;
  /** What all pictures share, once the clock runs. */
  #program: Omit<ProgramStart, 'videos'> | undefined;
  readonly #framesPerPart: number;
  readonly #firstTick: number;
  /** Of those who wait for their rungs, in order. */
  readonly #rungWaits: ((fromTick: number) => void)[] = [];
  #starting: Promise<void> = Promise.resolve();
  #isStopping = false;

  /**
   * @param options.preset of x264, for all rungs; by default chosen by rung
   * @param options.tellsTicks tell of each picture what it shows: `drawn`
   * @param options.canvases at least one
   */
  constructor(
    job: EgressJobMessage,
    options: {
      readonly preset: string | undefined;
      readonly tellsTicks: boolean;
      readonly canvases: readonly EngineCanvas[];
    },
  ) {
    this.#job = job;
    this.#canvases = options.canvases;
    this.#preset = options.preset;
    this.#nextCanvas = options.canvases.length;
    this.#framesPerPart = Math.round(job.partSeconds * job.frameRate);
    // So that only the last parts of the first segment are made.
    this.#firstTick = Math.max(0, job.partsPerSegment - FIRST_SEGMENT_PARTS) * this.#framesPerPart;
    const canvases = options.canvases.map((canvas, index) => this.#startCanvas(canvas, index));
    this.#encoders = canvases.flatMap(({ encoders }) => encoders);
    const settings: MediaThreadSettings = {
      canvases: canvases.map(({ settings: canvas }) => canvas),
      frameRate: job.frameRate,
      framesPerPart: this.#framesPerPart,
      framesPerSegment: this.#framesPerSegment,
      firstTick: this.#firstTick,
      audioBitrateBps: job.audioBitrateBps,
      playoutDelayMs: PLAYOUT_DELAY_MS,
      rtpListenIp: job.rtpListenIp,
      roomName: job.roomName,
      tellsTicks: options.tellsTicks,
    };
    this.#media = startThread(
      'media-thread',
      settings,
      settings.canvases.flatMap(({ encoderPorts }) => encoderPorts),
    );
    this.#listen();
    for (const encoder of this.#encoders) this.#listenTo(encoder);
  }

  /**
   * Waits for the codecs, then starts the clock, unless it is to stop meanwhile.
   * @throws when a thread ends or fails before
   */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  /** What happens to the stage while the engine stops is not shown any more: people leave with it. */
  post(command: MediaCommand, transfer: readonly MessagePort[] = []): void {
    if (!this.#isStopping) this.#media.postMessage(command, transfer);
  }

  /**
   * Only these rungs of a canvas are encoded from now on.
   * @returns the tick from which on all of them are there; stays away when the engine stops
   */
  makeRungs(canvas: number, rungs: readonly number[]): Promise<number> {
    return new Promise((resolve) => {
      if (this.#isStopping) return;
      this.#rungWaits.push(resolve);
      this.post({ type: 'rungs', canvas, rungs });
    });
  }

  /**
   * Makes one more picture, of the same ticks and sound, without touching the others. None of its rungs is encoded until that
   * is asked for. Once the engine has started.
   * @returns its number, and what is made of it
   * @throws when an encoder fails before it is ready, or the engine stops
   */
  async addCanvas(added: Omit<EngineCanvas, 'firstRungs'>): Promise<{ canvas: number; program: ProgramStart }> {
    const program = this.#program;
    assert(program, 'canvases are added to an engine that has started');
    const canvas = this.#nextCanvas++;
    const { settings, encoders } = this.#startCanvas({ ...added, firstRungs: [] }, canvas);
    for (const encoder of encoders) this.#listenTo(encoder);
    const ready = await Promise.all(encoders.map(({ thread }) => untilMessage<EncoderEvent, 'ready'>(thread, 'ready')));
    if (this.#isStopping) throw new Error('the engine stops');
    this.#encoders = [...this.#encoders, ...encoders];
    this.post({ type: 'canvas', canvas, settings }, settings.encoderPorts);
    const videos = added.rungs.map((rung, place) => ({ rung, config: ready[place]!.config }));
    return { canvas, program: { ...program, videos } };
  }

  /** Its pictures are for nobody any more. */
  closeCanvas(canvas: number): void {
    this.#encoders = this.#encoders.filter((encoder) => encoder.canvas !== canvas);
    this.post({ type: 'close-canvas', canvas });
  }

  /** Stops the clock; resolves when all that was drawn and mixed has been told. Once. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#starting.catch(() => {});
    const stopped = Promise.all([
      untilMessage<MediaEvent, 'stopped'>(this.#media, 'stopped'),
      ...this.#encoders.map(({ thread }) => untilMessage<EncoderEvent, 'stopped'>(thread, 'stopped')),
    ]);
    this.#media.postMessage({ type: 'stop' } satisfies MediaCommand);
    await stopped;
  }

  /**
   * Ends all threads, each between two pieces of its work: when a process exits while one is within a codec, and the codec fails, it
   * aborts. Resolves when they are gone, or after `END_LIMIT_MS`.
   */
  async end(): Promise<void> {
    this.#isStopping = true;
    const threads = [this.#media, ...this.#encoders.map(({ thread }) => thread)].filter(isAlive);
    const gone = Promise.all(threads.map((thread) => once(thread, 'exit')));
    for (const thread of threads) thread.postMessage({ type: 'end' } satisfies MediaCommand);
    const limit = new AbortController();
    await Promise.race([gone, setTimeout(END_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {})]);
    limit.abort();
  }

  async #start(): Promise<void> {
    const [audio, ...videos] = await Promise.all([
      untilMessage<MediaEvent, 'ready'>(this.#media, 'ready'),
      ...this.#encoders.map(({ thread }) => untilMessage<EncoderEvent, 'ready'>(thread, 'ready')),
    ]);
    if (this.#isStopping) return;
    const { frameRate, partsPerSegment, audioBitrateBps } = this.#job;
    const { audioSpecificConfig, sampleRate, channels, primingSamples } = audio;
    const started = untilMessage<MediaEvent, 'started'>(this.#media, 'started');
    this.#media.postMessage({ type: 'start' } satisfies MediaCommand);
    const { startedAtMs } = await started;
    const configs = this.#encoders.map(({ canvas }, index) => ({ canvas, config: videos[index]!.config }));
    const program = {
      audio: { audioSpecificConfig, sampleRate, channels, bitrateBps: audioBitrateBps },
      primingSamples,
      frameRate,
      framesPerPart: this.#framesPerPart,
      partsPerSegment,
      firstTick: this.#firstTick,
      startedAtMs,
    };
    this.#program = program;
    this.events.emit(
      'started',
      this.#canvases.map(({ rungs }, index) => {
        const own = configs.filter(({ canvas }) => canvas === index);
        return { ...program, videos: rungs.map((rung, place) => ({ rung, config: own[place]!.config })) };
      }),
    );
  }

  #listen(): void {
    this.#media.on('message', (event: MediaEvent) => {
      if (event.type === 'audio') this.events.emit('audio', event.frames);
      else if (event.type === 'opus') this.events.emit('opus', event.frames);
      else if (event.type === 'rungs') this.#rungWaits.shift()?.(event.fromTick);
      else if (event.type !== 'ready' && event.type !== 'started' && event.type !== 'stopped') {
        this.events.emit('news', event);
      }
    });
    this.#watch(this.#media, () => true);
  }

  #listenTo(encoder: EncoderOf): void {
    const { canvas, rung, thread } = encoder;
    thread.on('message', (event: EncoderEvent) => {
      if (event.type === 'picture') this.events.emit('picture', { canvas, rung, picture: event });
      else if (event.type === 'thumbnails') this.events.emit('thumbnails', { canvas, sheet: event.sheet });
      else if (event.type === 'trouble') this.events.emit('news', event);
    });
    this.#watch(thread, () => this.#encoders.includes(encoder));
  }

  /** A thread that is needed must not end. */
  #watch(thread: Worker, isNeeded: () => boolean): void {
    const fail = (code: string, message: string): void => this.events.emit('failed', { code, message });
    thread.on('error', (error) => fail('thread_failed', messageOf(error)));
    thread.on('exit', (code) => {
      if (!this.#isStopping && isNeeded()) fail('thread_ended', `exit code ${code}`);
    });
  }

  get #framesPerSegment(): number {
    return this.#framesPerPart * this.#job.partsPerSegment;
  }

  /** Starts the encoders of a canvas. */
  #startCanvas(
    { composition, rungs, firstRungs, keepsTop }: EngineCanvas,
    canvas: number,
  ): { readonly settings: CanvasSettings; readonly encoders: readonly EncoderOf[] } {
    const ring = createCanvasRing(rungs[0]!);
    const channels = rungs.map(() => new MessageChannel());
    const encoders = rungs.map((settings, rung): EncoderOf => {
      const frames = channels[rung]!.port2;
      const thread = startThread(
        'encoder-thread',
        {
          ring,
          rung: settings,
          frameRate: this.#job.frameRate,
          framesPerSegment: this.#framesPerSegment,
          preset: this.#preset ?? encoderPreset(rung),
          makesThumbnails: rung === thumbnailRung(rungs),
          frames,
        },
        [frames],
      );
      return { canvas, rung, thread };
    });
    const encoderPorts = channels.map((channel) => channel.port1);
    return { settings: { ring, encoderPorts, composition, rungs: firstRungs, keepsTop }, encoders };
  }
}

/** Of a thread that has ended. */
const NO_THREAD = -1;

function isAlive({ threadId }: Worker): boolean {
  return threadId !== NO_THREAD;
}

function untilMessage<Event extends { readonly type: string }, Type extends Event['type']>(
  thread: Worker,
  type: Type,
): Promise<Extract<Event, { readonly type: Type }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (event: Event): void => {
      if (event.type === type) settle(() => resolve(event as Extract<Event, { readonly type: Type }>));
      else if (event.type === 'trouble' && 'severity' in event && event.severity === 'fatal') {
        settle(() => reject(new Error('message' in event ? String(event.message) : 'thread failed')));
      }
    };
    const onExit = (): void => settle(() => reject(new Error(`a thread ended before it was ${type}`)));
    const settle = (finish: () => void): void => {
      thread.off('message', onMessage);
      thread.off('exit', onExit);
      finish();
    };
    thread.on('message', onMessage);
    thread.on('exit', onExit);
  });
}
