import type { Clock, Logger } from '@amphi/base';
import type { Sfu } from '@amphi/sfu';
import type { EgressJobs, StreamOrigin } from '../egress-jobs/egress-jobs.ts';
import type { WebPages } from '../web-pages/web-pages.ts';
import type { SessionRecords } from './ports/earlier.ts';
import type {
  BeamRecords,
  ChatArchive,
  FactRecorder,
  LiveStreamRecords,
  QualityArchive,
  RecordingArchive,
} from './ports/records.ts';
import type { ClientTokens, RoomDirectory } from './ports/rooms.ts';
import type { SessionBudgets } from './session-budgets.ts';
import type { Turns } from './turns.ts';

/** What the sessions of a host work with. */
export interface SessionDeps {
  readonly rooms: RoomDirectory;
  readonly sfu: Sfu;
  readonly tokens: ClientTokens;
  readonly records: LiveStreamRecords;
  readonly beams: BeamRecords;
  readonly archive: RecordingArchive;
  readonly chat: ChatArchive;
  /** Default: nothing is kept. */
  readonly quality?: QualityArchive | undefined;
  readonly sessions: SessionRecords;
  readonly facts: FactRecorder;
  readonly node: string;
  readonly jobs: EgressJobs;
  readonly pages: WebPages;
  readonly budgets: SessionBudgets;
  /** Of all sessions of the process. */
  readonly turns: Turns;
  readonly origin: StreamOrigin;
  /** Address of this server for what no client asked for, without a slash at the end. */
  readonly publicUrl: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}
