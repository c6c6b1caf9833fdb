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

/** What the server gives to its session host, and that to each of its sessions. */
export interface SharedDeps {
  readonly rooms: RoomDirectory;
  readonly tokens: ClientTokens;
  readonly records: LiveStreamRecords;
  readonly beams: BeamRecords;
  readonly archive: RecordingArchive;
  readonly chat: ChatArchive;
  /** Default: nothing is kept of how media fare. */
  readonly quality?: QualityArchive | undefined;
  readonly sessions: SessionRecords;
  /** Name of this server process among all there are and were: clients tell by it that their media are elsewhere. */
  readonly node: string;
  readonly sfu: Sfu;
  readonly jobs: EgressJobs;
  readonly origin: StreamOrigin;
  /** Address of this server for what no client asked for, without a slash at the end; asked for at each start of a stream. */
  readonly publicUrl: () => string;
  readonly logger: Logger;
}

/** What a session works with. */
export interface SessionDeps extends SharedDeps {
  readonly facts: FactRecorder;
  readonly pages: WebPages;
  readonly budgets: SessionBudgets;
  /** Of all sessions of the process. */
  readonly turns: Turns;
  readonly clock: Clock;
}
