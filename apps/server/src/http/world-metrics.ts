import type { Clock } from '@amphi/base';
import type { Origin } from '@amphi/origin';
import type { Sfu } from '@amphi/sfu';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { EgressJobs } from '../egress-jobs/egress-jobs.ts';
import type { DiskArchive } from '../recordings/disk-archive.ts';
import type { SessionHost } from '../sessions/ports/host.ts';
import type { WebhookDispatcher } from '../webhooks/dispatcher.ts';

/** The parts of a server that know how much there is of what. */
export interface World {
  readonly host: Pick<SessionHost, 'census'>;
  readonly jobs: Pick<EgressJobs, 'effort'>;
  readonly sfu: Pick<Sfu, 'stats'>;
  readonly origin: Pick<Origin, 'statistics'>;
  readonly webhooks: Pick<WebhookDispatcher, 'backlog'>;
  readonly archive: Pick<DiskArchive, 'uploads'>;
  /** The origin's, too. */
  readonly clock: Clock;
}

type Samples = readonly (readonly [labels: Record<string, string>, value: number])[];

/** Metrics that are read from the parts when somebody asks for them, and cost nothing until then. */
export function showWorld(registry: Registry, { host, jobs, sfu, origin, webhooks, archive, clock }: World): void {
  const show = (
    Kind: typeof Gauge | typeof Counter,
    name: string,
    help: string,
    read: () => number | Samples | Promise<number | Samples>,
    labelNames: readonly string[] = [],
  ): void => {
    const metric = new Kind({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      async collect() {
        const samples = await read();
        metric.reset();
        if (typeof samples === 'number') metric.inc(samples);
        else for (const [labels, value] of samples) metric.inc(labels, value);
      },
    });
  };

  show(Gauge, 'amphi_sessions', 'Sessions with somebody in them.', () => host.census().sessions);
  show(
    Gauge,
    'amphi_peers',
    'People in sessions, by their level.',
    () => Object.entries(host.census().peers).map(([level, count]) => [{ level }, count] as const),
    ['level'],
  );
  show(
    Gauge,
    'amphi_outputs',
    'Outputs that run or are starting: live streams, recordings.',
    () => Object.entries(host.census().outputs).map(([kind, count]) => [{ kind }, count] as const),
    ['kind'],
  );

  show(
    Gauge,
    'amphi_whep_players',
    'Players that watch a stream by WHEP. Each is one of the peers.',
    () => host.census().players,
  );

  show(
    Gauge,
    'amphi_egress_jobs',
    'Egress processes that are wanted, those that drain included.',
    () => jobs.effort.jobs,
  );
  show(
    Gauge,
    'amphi_egress_thinned',
    'Egress processes whose lower renditions have fewer pictures at present, as the machine is too slow for all.',
    () => jobs.effort.thinned,
  );
  show(
    Counter,
    'amphi_egress_cpu_seconds_total',
    'CPU time of egress processes, as they told every five seconds.',
    () => jobs.effort.cpuSeconds,
  );
  show(
    Counter,
    'amphi_egress_pictures_total',
    'Pictures that were due: encoded, or skipped because the encoders were too slow.',
    () => [
      [{ result: 'encoded' }, jobs.effort.framesEncoded],
      [{ result: 'skipped' }, jobs.effort.framesSkipped],
    ],
    ['result'],
  );

  show(
    Counter,
    'amphi_sfu_worker_cpu_seconds_total',
    'CPU time of the media workers, by process. A worker cannot use more than one core.',
    async () => (await sfu.stats()).workers.map(({ pid, cpuMs }) => [{ worker: String(pid) }, cpuMs / 1000] as const),
    ['worker'],
  );
  show(
    Gauge,
    'amphi_sfu_worker_sessions',
    'Sessions on each media worker.',
    async () =>
      (await sfu.stats()).workers.map(({ pid, sessionRouters }) => [{ worker: String(pid) }, sessionRouters] as const),
    ['worker'],
  );
  show(
    Gauge,
    'amphi_sfu_open',
    'What is open in the media workers.',
    async () => {
      const { publishings, subscribings, plainSubscriptions, viewings, producers, consumers } = await sfu.stats();
      return Object.entries({ publishings, subscribings, plainSubscriptions, viewings, producers, consumers }).map(
        ([what, count]) => [{ what }, count] as const,
      );
    },
    ['what'],
  );
  show(
    Counter,
    'amphi_sfu_worker_deaths_total',
    'Media workers that died and were replaced.',
    async () => (await sfu.stats()).workerDeaths,
  );

  show(
    Gauge,
    'amphi_origin_streams',
    'Streams that the origin serves, by state.',
    () => {
      const counts = { starting: 0, playable: 0, ended: 0 } as Record<string, number>;
      for (const { state } of origin.statistics().streams) counts[state] = (counts[state] ?? 0) + 1;
      return Object.entries(counts).map(([state, count]) => [{ state }, count] as const);
    },
    ['state'],
  );
  show(
    Gauge,
    'amphi_origin_memory_bytes',
    'Media that the origin holds in memory.',
    () => origin.statistics().memoryBytes,
  );
  show(Gauge, 'amphi_origin_waiting', 'Requests of players that wait for a part or a playlist.', () =>
    origin.statistics().streams.reduce((sum, { waiting }) => sum + waiting, 0),
  );
  show(
    Gauge,
    'amphi_origin_longest_silence_seconds',
    'Since a packager last brought something to the live stream that has waited longest for it.',
    () => {
      const now = clock.now();
      const silences = origin
        .statistics()
        .streams.flatMap(({ state, fedAt }) => (state === 'ended' ? [] : [now - fedAt]));
      return Math.max(0, ...silences) / 1000;
    },
  );

  show(Gauge, 'amphi_webhooks_waiting', 'Webhook events that are to be delivered.', () => webhooks.backlog().waiting);
  show(
    Gauge,
    'amphi_webhooks_lag_seconds',
    'Since the oldest event that waits happened; a receiver that is down makes it grow.',
    () => webhooks.backlog().lagMs / 1000,
  );
  show(
    Counter,
    'amphi_webhooks_total',
    'Webhook events that were settled: delivered, or given up.',
    () => {
      const { delivered, failed } = webhooks.backlog();
      return [
        [{ result: 'delivered' }, delivered],
        [{ result: 'failed' }, failed],
      ];
    },
    ['result'],
  );

  show(
    Gauge,
    'amphi_recordings_waiting',
    'Files of recordings that are to be brought to a storage.',
    () => archive.uploads.waiting,
  );
  show(
    Gauge,
    'amphi_recordings_waiting_bytes',
    'Disk that these files take until they are there.',
    () => archive.uploads.waitingBytes,
  );
  show(
    Gauge,
    'amphi_recordings_waiting_seconds',
    'Since the one that has waited longest for a storage was finished; a storage that is down makes it grow.',
    () => archive.uploads.longestWaitMs / 1000,
  );
  show(
    Counter,
    'amphi_recording_uploads_total',
    'Files of recordings that were brought to a storage, and tries of it that failed.',
    () => [
      [{ result: 'uploaded' }, archive.uploads.uploaded],
      [{ result: 'failed' }, archive.uploads.failedTries],
    ],
    ['result'],
  );
}
