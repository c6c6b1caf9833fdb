import type { Millis } from '@amphi/base';
import { type MeasuredTrack, type Reading, type ReportedSample, samplesBetween } from './quality-samples.ts';
import type { SessionContext } from './session-context.ts';

const SAMPLE_MS: Millis = 10_000;
const SAMPLES_PER_REPORT = 6;

interface ReportedTrack {
  readonly track_id: string;
  readonly source: string;
  readonly rid?: string;
  readonly samples: ReportedSample[];
}

/**
 * Tells the server how our media fare, where it wants to know (`subscribeStats`): a sample of each track in ten seconds,
 * told each minute and at the end. Nothing waits for it, and nothing fails by it.
 */
export class QualityReports {
  readonly #context: SessionContext;
  readonly #read: () => Promise<readonly Reading[]>;
  #before: readonly Reading[] = [];
  #samples: { readonly track: MeasuredTrack; readonly sample: ReportedSample }[] = [];
  #taken = 0;
  #isReading = false;

  /** @param read of both connections; none without media */
  constructor(context: SessionContext, read: () => Promise<readonly Reading[]>) {
    this.#context = context;
    this.#read = read;
    context.scope.every(SAMPLE_MS, () => void this.#sample());
  }

  /** What was measured since the last report. To be called before the end as well. */
  send(): void {
    const connection = this.#context.connection();
    const samples = this.#samples;
    this.#samples = [];
    this.#taken = 0;
    if (!connection?.isOpen) return;
    for (const isPublished of [true, false]) {
      const of = samples.filter(({ track }) => track.isPublished === isPublished);
      if (of.length === 0) continue;
      const name = isPublished ? 'publisher.stats' : 'subscriber.stats';
      const info = { audio: tracksOf(of, 'audio'), video: tracksOf(of, 'video') };
      connection.notify('analytics', { name, info });
    }
  }

  async #sample(): Promise<void> {
    const { store, connection, logger } = this.#context;
    const isWanted = store.get().connection.status === 'joined' && connection()?.flags.includes('subscribeStats');
    if (!isWanted || this.#isReading) return;
    this.#isReading = true;
    try {
      const now = await this.#read();
      now.forEach((reading, index) => {
        const before = this.#before[index];
        if (before) this.#samples.push(...samplesBetween(before, reading));
      });
      this.#before = now;
      if (++this.#taken >= SAMPLES_PER_REPORT) this.send();
    } catch (error) {
      logger.debug({ error: String(error) }, 'quality could not be measured');
    } finally {
      this.#isReading = false;
    }
  }
}

function tracksOf(
  samples: readonly { readonly track: MeasuredTrack; readonly sample: ReportedSample }[],
  kind: MeasuredTrack['kind'],
): ReportedTrack[] {
  const tracks = new Map<string, ReportedTrack>();
  for (const { track, sample } of samples) {
    if (track.kind !== kind) continue;
    const key = `${track.trackId} ${track.rid}`;
    const known = tracks.get(key);
    if (known) known.samples.push(sample);
    else {
      const { trackId: track_id, source, rid } = track;
      tracks.set(key, { track_id, source, ...(rid === undefined ? {} : { rid }), samples: [sample] });
    }
  }
  return [...tracks.values()];
}
