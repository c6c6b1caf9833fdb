import { Emitter, type Logger, messageOf, Scope } from '@amphi/base';
import type { EgressJobMessage, EgressStatus, RecordedTrack } from '@amphi/protocol';
import { TrackSubscriptions } from '../jobs/track-subscriptions.ts';
import type { MediaCommand } from '../pipeline/messages.ts';
import { HiddenPeer } from '../session/hidden-peer.ts';
import type { StageTrack } from '../session/stage.ts';
import type { DiskFailure } from '../sinks/recording/disk-file.ts';
import { TrackFolder } from './track-folder.ts';
import { TrackSources } from './track-sources.ts';
import type { FileBeginning, OpenedFile } from './track-writer.ts';

const STATS_PERIOD_MS = 5_000;
/** More than any stage is. */
const MAX_TRACKS = 128;
/** More than there are: the SFU sends the highest that flows. */
const HIGHEST_LAYER = 2;

interface Events {
  status: EgressStatus;
  /** Over. `code` is the exit code of the process. */
  done: { readonly code: number };
}

/**
 * Records what everyone on stage sends, a file for each track, as it is received: joins as a hidden peer as the composer does, but
 * draws, mixes and decodes nothing. Fails when a file cannot be written, or the peer is put out.
 */
export class TrackJob {
  readonly #job: EgressJobMessage;
  readonly #output: { readonly id: string };
  readonly #logger: Logger;
  readonly #events = new Emitter<Events>();
  readonly #scope = new Scope();
  readonly #peer: HiddenPeer;
  readonly #folder: TrackFolder;
  readonly #sources: TrackSources;
  readonly #subscriptions: TrackSubscriptions;
  /** Of tracks that were on stage and may still be received. */
  readonly #tracks = new Map<string, StageTrack>();
  readonly #startedAt = performance.now();
  #leavesOut = false;
  #stopping: Promise<void> | undefined;
  #done = false;

  /** @throws Error for a job without an output of that kind */
  constructor(job: EgressJobMessage, options: { readonly logger: Logger }) {
    const output = job.outputs.find(({ kind }) => kind === 'tracks');
    if (output?.kind !== 'tracks') throw new Error('outputs: must be one of kind tracks, as the job has no rungs');
    const { logger } = options;
    this.#job = job;
    this.#output = output;
    this.#logger = logger;
    this.#peer = new HiddenPeer({ signalingUrl: job.signalingUrl, token: job.token, logger });
    this.#folder = new TrackFolder(output.folder, (failure) => this.#failOutput(failure));
    this.#sources = new TrackSources({
      listenIp: job.rtpListenIp,
      onOpened: (sourceId, port) => this.#subscriptions.sourceOpened(sourceId, port),
      onFailed: (sourceId, message) => this.#subscriptions.sourceFailed(sourceId, message),
      titleOf: (sourceId) => this.#describe(sourceId)?.userName ?? '',
      openFile: (sourceId, beginning) => this.#openFile(this.#recorded(sourceId, beginning)),
    });
    this.#subscriptions = new TrackSubscriptions({
      peer: this.#peer,
      listenIp: job.rtpListenIp,
      post: (command) => this.#post(command),
      onChange: () => {},
      onTrouble: (trouble) => this.#trouble(trouble),
      logger,
    });
  }

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): void {
    this.#events.on(name, listener);
  }

  run(): void {
    const peer = this.#peer;
    peer.on('joined', () => {
      this.#events.emit('status', { type: 'joined' });
      this.#events.emit('status', { type: 'output', id: this.#output.id, phase: 'running' });
    });
    peer.on('stageChanged', () => this.#receive());
    peer.on('subscriptionEnded', ({ subscriptionId }) => this.#subscriptions.subscriptionEnded(subscriptionId));
    peer.on('captureReport', ({ subscriptionId, report }) =>
      this.#subscriptions.captureReported(subscriptionId, report),
    );
    peer.on('subscriptionsTold', ({ subscriptionIds }) => this.#subscriptions.subscriptionsTold(subscriptionIds));
    peer.on('mediaLost', () => this.#subscriptions.reset());
    peer.on('left', ({ ended, code, message }) => {
      if (ended) void this.stop();
      else this.#fail(code, message);
    });
    peer.start();
    this.#scope.every(STATS_PERIOD_MS, () => this.#reportStats());
  }

  /** Writes what waits, and leaves. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#drain();
    return this.#stopping;
  }

  #post(command: MediaCommand): void {
    if ('sourceId' in command) this.#sources.handle(command);
  }

  #receive(): void {
    const { stage } = this.#peer;
    const all = stage.people().flatMap(({ peerId }) => stage.tracksOf(peerId));
    const wanted = all.slice(0, MAX_TRACKS);
    for (const track of wanted) this.#tracks.set(track.trackId, track);
    const known = new Set(wanted.map(({ trackId }) => trackId));
    const connected = this.#subscriptions.connected();
    for (const trackId of [...this.#tracks.keys()]) {
      if (!known.has(trackId) && !connected.has(trackId)) this.#tracks.delete(trackId);
    }
    this.#subscriptions.preferLayers(
      new Map(wanted.flatMap(({ trackId, kind }) => (kind === 'video' ? [[trackId, HIGHEST_LAYER]] : []))),
    );
    this.#subscriptions.setDesired(wanted);
    const leavesOut = all.length > MAX_TRACKS;
    if (leavesOut && !this.#leavesOut) {
      const message = `${all.length} tracks are on stage, of which ${MAX_TRACKS} are recorded`;
      this.#trouble({ code: 'tracks_left_out', message });
    }
    this.#leavesOut = leavesOut;
  }

  #openFile(track: RecordedTrack): OpenedFile {
    this.#events.emit('status', { type: 'track', id: this.#output.id, track });
    return this.#folder.open(track);
  }

  #describe(trackId: string): Omit<RecordedTrack, 'codec' | 'startedAtMs'> | undefined {
    const track = this.#tracks.get(trackId);
    if (!track) return undefined;
    const { peerId, streamId, kind, source } = track;
    const { name: userName, userId } = this.#peer.stage.personOf(peerId) ?? { name: '', userId: '' };
    return { trackId, streamId, peerId, userId, userName, kind, source };
  }

  #recorded(trackId: string, { codec, startedAtMs }: FileBeginning): RecordedTrack {
    const kind = codec === 'opus' ? 'audio' : 'video';
    const unknown = { trackId, streamId: '', peerId: '', userId: '', userName: '', kind, source: 'regular' } as const;
    return { ...(this.#describe(trackId) ?? unknown), codec, startedAtMs: Math.round(startedAtMs) };
  }

  #trouble({ code, message }: { readonly code: string; readonly message: string }): void {
    this.#logger.warn({ code, message }, 'trouble with a track');
    this.#events.emit('status', { type: 'trouble', severity: 'degraded', code, message });
  }

  #reportStats(): void {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    this.#events.emit('status', {
      type: 'stats',
      outputSeconds: (performance.now() - this.#startedAt) / 1000,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      framesEncoded: 0,
      framesSkipped: 0,
      sources: this.#sources.size,
    });
  }

  async #drain(): Promise<void> {
    try {
      this.#subscriptions.close();
      this.#sources.close();
      await this.#folder.end();
      if (this.#done) return;
      this.#events.emit('status', { type: 'output', id: this.#output.id, phase: 'ended' });
      this.#events.emit('status', { type: 'ended' });
      this.#finish(0);
    } catch (error) {
      this.#fail('drain_failed', messageOf(error));
    }
  }

  #failOutput({ code, message }: DiskFailure): void {
    if (this.#done) return;
    this.#events.emit('status', { type: 'output', id: this.#output.id, phase: 'failed', code, message });
    this.#fail(code, message);
  }

  #fail(code: string, message: string): void {
    if (this.#done) return;
    this.#logger.error({ jobId: this.#job.jobId, code, message }, 'recording of tracks failed');
    this.#events.emit('status', { type: 'trouble', severity: 'fatal', code, message });
    this.#finish(1);
  }

  #finish(code: number): void {
    if (this.#done) return;
    this.#done = true;
    this.#subscriptions.close();
    this.#sources.close();
    this.#peer.close();
    this.#scope.close();
    this.#events.emit('done', { code });
  }
}
