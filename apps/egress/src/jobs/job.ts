import { isDeepStrictEqual } from 'node:util';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { Emitter, type Logger, messageOf, Scope } from '@amphi/base';
import type { Size } from '@amphi/layout';
import { aacCodecString, avcCodecString, createInitSegment } from '@amphi/mp4';
import type { Composition, EgressJob, EgressStatus } from '@amphi/protocol';
import { encoderPreset } from '../pipeline/encoder-preset.ts';
import {
  createCanvasRing,
  type DrawnTick,
  type EncoderEvent,
  type MediaCommand,
  type MediaEvent,
  type MediaThreadSettings,
  type Scene,
} from '../pipeline/messages.ts';
import { HiddenPeer } from '../session/hidden-peer.ts';
import { AudioPackager } from '../sinks/hls/audio-packager.ts';
import { IngestUploader } from '../sinks/hls/uploader.ts';
import { type EncodedPicture, type SegmentGrid, VIDEO_TIMESCALE, VideoPackager } from '../sinks/hls/video-packager.ts';
import { OverloadWatch, type TickCounts } from './overload-watch.ts';
import { MAX_PICTURES, receptionOf, sceneOf, wantedLayers } from './scene.ts';
import { startThread } from './threads.ts';
import { TrackSubscriptions } from './track-subscriptions.ts';

/** Parts of a run's first segment: players wait for a whole segment before they start. */
const FIRST_SEGMENT_PARTS = 2;
/** How far behind the engine clock a tick looks for frames: room for jitter and for a lost packet's second way. */
const PLAYOUT_DELAY_MS = 100;
/** Media time of the first tick: above zero, so that no sample lies before it. */
const MEDIA_START_SECONDS = 10;
const AUDIO_RENDITION = 'audio';
const STATS_PERIOD_MS = 5_000;
/** A drain that takes longer is given up; the playlist is ended with what is there. */
const DRAIN_LIMIT_MS = 5_000;

interface Events {
  status: EgressStatus;
  /** Over. `code` is the exit code of the process. */
  done: { readonly code: number };
}

/**
 * One composed stream from the job to its end: joins as a hidden peer, runs the media thread and an encoder thread a
 * rung, packages what they make and sends it to the origin.
 */
export class Job {
  readonly #job: EgressJob;
  readonly #logger: Logger;
  readonly #events = new Emitter<Events>();
  readonly #scope: Scope;
  readonly #overload = new OverloadWatch();
  readonly #framesPerPart: number;
  readonly #onDrawn: (drawn: DrawnTick) => void;
  readonly #firstTick: number;
  readonly #peer: HiddenPeer;
  readonly #uploader: IngestUploader;
  readonly #subscriptions: TrackSubscriptions;
  readonly #media: Worker;
  readonly #encoders: readonly Worker[];
  readonly #videoPackagers: VideoPackager[] = [];
  #audioPackager: AudioPackager | undefined;
  /** Pictures that overtook the message that the clock has started. */
  readonly #early: { readonly index: number; readonly picture: EncodedPicture }[] = [];
  #scene: Scene | undefined;
  #composition: Composition;
  #partsSent = new Set<string>();
  #framesEncoded = 0;
  #stats = { ticks: 0, skipped: 0, sources: 0 };
  #leavesOut = false;
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  #done = false;

  /**
   * @param options.preset of x264, for all rungs; by default chosen by rung
   * @param options.onDrawn called for every picture of the stream; for finding out why it shows what it shows
   */
  constructor(
    job: EgressJob,
    options: {
      readonly preset?: string | undefined;
      readonly onDrawn?: ((drawn: DrawnTick) => void) | undefined;
      readonly logger: Logger;
    },
  ) {
    const { logger } = options;
    this.#job = job;
    this.#composition = job.composition;
    this.#logger = logger;
    this.#scope = new Scope({ onCleanUpError: (error) => logger.warn({ error: messageOf(error) }, 'clean-up failed') });
    this.#framesPerPart = Math.round(job.partSeconds * job.frameRate);
    // So that only the last parts of the first segment are made.
    this.#firstTick = Math.max(0, job.partsPerSegment - FIRST_SEGMENT_PARTS) * this.#framesPerPart;
    const framesPerSegment = this.#framesPerPart * job.partsPerSegment;

    const ring = createCanvasRing(job.rungs[0]!);
    const channels = job.rungs.map(() => new MessageChannel());
    this.#encoders = job.rungs.map((rung, index) => {
      const frames = channels[index]!.port2;
      return startThread(
        'encoder-thread',
        {
          ring,
          rung,
          frameRate: job.frameRate,
          framesPerSegment,
          preset: options.preset ?? encoderPreset(index),
          frames,
        },
        [frames],
      );
    });
    const encoderPorts: MessagePort[] = channels.map((channel) => channel.port1);
    const settings: MediaThreadSettings = {
      ring,
      encoderPorts,
      frameRate: job.frameRate,
      framesPerPart: this.#framesPerPart,
      framesPerSegment,
      firstTick: this.#firstTick,
      audioBitrateBps: job.audioBitrateBps,
      playoutDelayMs: PLAYOUT_DELAY_MS,
      rtpListenIp: job.rtpListenIp,
      roomName: job.roomName,
      composition: job.composition,
      tellsTicks: options.onDrawn !== undefined,
    };
    this.#onDrawn = options.onDrawn ?? (() => {});
    this.#media = startThread('media-thread', settings, encoderPorts);

    this.#uploader = new IngestUploader({
      ingestUrl: job.ingestUrl,
      token: job.ingestToken,
      streamId: job.streamId,
      logger,
      onFailure: (error) => this.#fail(error.code, error.message),
      onSent: (renditionId) => this.#partSent(renditionId),
    });
    this.#peer = new HiddenPeer({ signalingUrl: job.signalingUrl, token: job.token, logger });
    this.#subscriptions = new TrackSubscriptions({
      peer: this.#peer,
      listenIp: job.rtpListenIp,
      post: (command) => this.#post(command),
      onChange: () => this.#redraw(),
      onTrouble: (trouble) => this.#trouble({ ...trouble, severity: 'degraded' }),
      logger,
    });
  }

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): void {
    this.#events.on(name, listener);
  }

  /** Resolves when the clock runs; failures come as `trouble` and `done`. */
  async run(): Promise<void> {
    try {
      this.#peer.on('joined', () => this.#events.emit('status', { type: 'joined' }));
      this.#peer.on('stageChanged', () => {
        this.#receive();
        this.#redraw();
      });
      this.#peer.on('subscriptionEnded', ({ subscriptionId }) => this.#subscriptions.subscriptionEnded(subscriptionId));
      this.#peer.on('captureReport', ({ subscriptionId, report }) =>
        this.#subscriptions.captureReported(subscriptionId, report),
      );
      this.#peer.on('subscriptionsTold', ({ subscriptionIds }) =>
        this.#subscriptions.subscriptionsTold(subscriptionIds),
      );
      this.#peer.on('mediaLost', () => this.#subscriptions.reset());
      this.#peer.on('left', ({ ended, code, message }) => {
        if (ended) void this.stop();
        else this.#fail(code, message);
      });
      this.#media.on('message', (event: MediaEvent) => this.#handleMedia(event));
      this.#encoders.forEach((encoder, index) => {
        encoder.on('message', (event: EncoderEvent) => {
          try {
            this.#handleEncoder(index, event);
          } catch (error) {
            this.#fail('packaging_failed', messageOf(error));
          }
        });
      });
      for (const thread of [this.#media, ...this.#encoders]) {
        thread.on('error', (error) => this.#fail('thread_failed', messageOf(error)));
        thread.on('exit', (code) => {
          if (!this.#stopping && !this.#done) this.#fail('thread_ended', `exit code ${code}`);
        });
      }
      this.#peer.start();
      this.#starting = this.#startStream();
      await this.#starting;
      this.#scope.every(STATS_PERIOD_MS, () => this.#reportStats());
    } catch (error) {
      if (!this.#stopping) this.#fail('start_failed', messageOf(error));
    }
  }

  /** Draws otherwise, from the next picture on. */
  recompose(composition: Composition): void {
    this.#composition = composition;
    this.#post({ type: 'composition', composition });
    this.#receive();
    this.#redraw();
  }

  /** Drains: the clock stops, encoders finish, the last parts are sent, the playlists end. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#drain();
    return this.#stopping;
  }

  /** Goes no further when it is to stop. */
  async #startStream(): Promise<void> {
    const [audio, ...videos] = await Promise.all([
      untilMessage<MediaEvent, 'ready'>(this.#media, 'ready'),
      ...this.#encoders.map((encoder) => untilMessage<EncoderEvent, 'ready'>(encoder, 'ready')),
    ]);
    if (this.#stopping) return;
    const { rungs, frameRate, partsPerSegment, audioBitrateBps } = this.#job;
    const videoPartSeconds = this.#framesPerPart / frameRate;
    const { nextMsn } = await this.#uploader.attach({
      targetDurationSeconds: Math.ceil(videoPartSeconds * partsPerSegment),
      playlistType: this.#job.playlistType,
      windowSegments: this.#job.windowSegments,
      renditions: [
        ...rungs.map((rung, index) => ({
          kind: 'video' as const,
          id: rung.id,
          codecs: avcCodecString(videos[index]!.avcConfig),
          // A segment may exceed the mean; the buffer model allows one second's worth.
          bandwidthBps: Math.round(rung.bitrateBps * 1.3),
          partTargetSeconds: videoPartSeconds,
          width: rung.width,
          height: rung.height,
          frameRate,
        })),
        {
          kind: 'audio' as const,
          id: AUDIO_RENDITION,
          codecs: aacCodecString(audio.audioSpecificConfig),
          bandwidthBps: Math.round(audioBitrateBps * 1.2),
          partTargetSeconds: AudioPackager.partTargetSeconds(videoPartSeconds, audio.sampleRate),
          channels: audio.channels,
        },
      ],
    });
    if (this.#stopping) return;
    for (const [index, rung] of rungs.entries()) {
      const { avcConfig } = videos[index]!;
      const { width, height, bitrateBps } = rung;
      this.#uploader.sendInit(
        rung.id,
        createInitSegment({ kind: 'video', id: 1, timescale: VIDEO_TIMESCALE, width, height, avcConfig, bitrateBps }),
      );
    }
    const { audioSpecificConfig, sampleRate, channels } = audio;
    this.#uploader.sendInit(
      AUDIO_RENDITION,
      createInitSegment({
        kind: 'audio',
        id: 1,
        timescale: sampleRate,
        sampleRate,
        channelCount: channels,
        audioSpecificConfig,
        bitrateBps: audioBitrateBps,
      }),
    );

    const started = untilMessage<MediaEvent, 'started'>(this.#media, 'started');
    this.#post({ type: 'start' });
    const { startedAtMs } = await started;
    const grid: SegmentGrid = {
      frameRate,
      framesPerPart: this.#framesPerPart,
      partsPerSegment,
      firstTick: this.#firstTick,
      firstMsn: nextMsn,
      mediaStartSeconds: MEDIA_START_SECONDS,
      startedAtMs,
    };
    const emit = this.#uploader.sendPart.bind(this.#uploader);
    for (const rung of rungs) this.#videoPackagers.push(new VideoPackager({ renditionId: rung.id, grid, emit }));
    this.#audioPackager = new AudioPackager({
      renditionId: AUDIO_RENDITION,
      grid,
      sampleRate,
      primingSamples: audio.primingSamples,
      emit,
    });
    for (const { index, picture } of this.#early.splice(0)) this.#videoPackagers[index]?.push(picture);
  }

  #handleMedia(event: MediaEvent): void {
    switch (event.type) {
      case 'source-open':
        this.#subscriptions.sourceOpened(event.sourceId, event.port);
        break;
      case 'source-failed':
        this.#subscriptions.sourceFailed(event.sourceId, event.message);
        break;
      case 'audio':
        for (const frame of event.frames) this.#audioPackager?.push(frame);
        break;
      case 'drawn':
        this.#onDrawn(event);
        break;
      case 'stats':
        this.#noteOverload(event);
        this.#stats = event;
        break;
      case 'trouble':
        this.#trouble(event);
        break;
    }
  }

  #handleEncoder(index: number, event: EncoderEvent): void {
    if (event.type === 'picture') {
      this.#framesEncoded++;
      const packager = this.#videoPackagers[index];
      if (packager) packager.push(event);
      else this.#early.push({ index, picture: event });
    } else if (event.type === 'trouble') this.#trouble(event);
  }

  #trouble(event: {
    readonly severity: 'fatal' | 'degraded' | 'warning';
    readonly code: string;
    readonly message: string;
  }): void {
    if (event.severity === 'fatal') this.#fail(event.code, event.message);
    else {
      this.#logger.warn(event, 'pipeline trouble');
      this.#events.emit('status', { ...event, type: 'trouble' });
    }
  }

  #noteOverload(counts: TickCounts): void {
    const since = this.#overload.onCounts(counts);
    if (!since) return;
    this.#trouble({
      severity: 'degraded',
      code: 'overload',
      message: `${since.skipped} of the last ${since.ticks} pictures were not encoded: the encoders are too slow for this machine`,
    });
  }

  #receive(): void {
    const { tracks, picturesLeftOut } = receptionOf(this.#peer.stage, this.#canvas, this.#composition);
    this.#subscriptions.setDesired(tracks);
    const isNews = picturesLeftOut > 0 && !this.#leavesOut;
    this.#leavesOut = picturesLeftOut > 0;
    if (!isNews) return;
    this.#trouble({
      severity: 'degraded',
      code: 'pictures_left_out',
      message: `${picturesLeftOut} more than ${MAX_PICTURES} cameras and screens are on; they are shown as initials`,
    });
  }

  #redraw(): void {
    const { stage } = this.#peer;
    const composition = this.#composition;
    const scene = sceneOf(stage, this.#subscriptions.connected(), composition.layout);
    if (!isDeepStrictEqual(scene, this.#scene)) this.#post({ type: 'scene', scene });
    this.#scene = scene;
    this.#subscriptions.preferLayers(
      wantedLayers(scene, this.#canvas, composition, (peerId) => stage.cameraLayersOf(peerId)),
    );
  }

  get #canvas(): Size {
    return this.#job.rungs[0]!;
  }

  #partSent(renditionId: string): void {
    const wanted = this.#job.rungs.length + 1;
    if (this.#partsSent.size === wanted) return;
    this.#partsSent.add(renditionId);
    if (this.#partsSent.size === wanted) this.#events.emit('status', { type: 'streaming' });
  }

  #reportStats(): void {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    this.#events.emit('status', {
      type: 'stats',
      outputSeconds: this.#stats.ticks / this.#job.frameRate,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      framesEncoded: this.#framesEncoded,
      framesSkipped: this.#stats.skipped,
      sources: this.#stats.sources,
    });
  }

  async #drain(): Promise<void> {
    try {
      const limit = new Promise<void>((resolve) => this.#scope.after(DRAIN_LIMIT_MS, resolve));
      await Promise.race([this.#finishEncoding(), limit]);
      for (const packager of this.#videoPackagers) packager.flush();
      this.#audioPackager?.flush();
      await this.#uploader.end();
      this.#events.emit('status', { type: 'ended' });
      this.#finish(0);
    } catch (error) {
      this.#fail('drain_failed', messageOf(error));
    }
  }

  async #finishEncoding(): Promise<void> {
    await this.#starting.catch(() => {});
    const stopped = Promise.all([
      untilMessage<MediaEvent, 'stopped'>(this.#media, 'stopped'),
      ...this.#encoders.map((encoder) => untilMessage<EncoderEvent, 'stopped'>(encoder, 'stopped')),
    ]);
    this.#media.postMessage({ type: 'stop' } satisfies MediaCommand);
    await stopped;
  }

  #fail(code: string, message: string): void {
    if (this.#done) return;
    this.#logger.error({ code, message }, 'stream failed');
    this.#events.emit('status', { type: 'trouble', severity: 'fatal', code, message });
    this.#finish(1);
  }

  #finish(code: number): void {
    if (this.#done) return;
    this.#done = true;
    this.#subscriptions.close();
    this.#peer.close();
    this.#uploader.close();
    this.#scope.close();
    this.#events.emit('done', { code });
  }

  /** What happens to the stage while the stream ends is not shown any more: people leave with it. */
  #post(command: MediaCommand): void {
    if (!this.#stopping) this.#media.postMessage(command);
  }
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
