import { type Clock, type Logger, silentLogger, systemClock } from '@amphi/base';
import { sql } from 'drizzle-orm';
import { Admissions } from './admissions.ts';
import type { Database, Dropping, Written } from './database.ts';
import { type DumpedRows, type DumpHead, dumpStore } from './dump.ts';
import { describeDatabaseError, StoreError } from './errors.ts';
import { migrationsFolder } from './migrations-folder.ts';
import { type OpenedDatabase, openPglite } from './open-pglite.ts';
import { AnalyticsRepository } from './repositories/analytics.ts';
import { AppRepository } from './repositories/apps.ts';
import { BeamRepository } from './repositories/beams.ts';
import { ChatMessageRepository } from './repositories/chat-messages.ts';
import { FeedbackRepository } from './repositories/feedback.ts';
import { HistoryRepository } from './repositories/history.ts';
import { LiveStreamRepository } from './repositories/live-streams.ts';
import { MemberRepository } from './repositories/members.ts';
import { NodeRepository } from './repositories/nodes.ts';
import { OwnerRepository } from './repositories/owners.ts';
import { PeerQualityRepository } from './repositories/peer-quality.ts';
import { PollRepository } from './repositories/polls.ts';
import { RecordingAssetRepository } from './repositories/recording-assets.ts';
import { RoomCodeRepository } from './repositories/room-codes.ts';
import { RoomRepository } from './repositories/rooms.ts';
import { SessionRepository } from './repositories/sessions.ts';
import { StreamKeyRepository } from './repositories/stream-keys.ts';
import { UsageRepository } from './repositories/usage.ts';
import { WebhookReplayRepository } from './repositories/webhook-replays.ts';
import { WebhookRepository } from './repositories/webhooks.ts';
import { WorkspaceRepository } from './repositories/workspaces.ts';

export interface StoreOptions {
  /** A PostgreSQL server. */
  readonly url?: string | undefined;
  /** Folder of the embedded database; ignored with `url`. Neither: in memory, gone with the process. */
  readonly dataDir?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/** One repository per aggregate. Calls are written when they return. */
export interface Repositories {
  readonly workspaces: WorkspaceRepository;
  readonly owners: OwnerRepository;
  readonly members: MemberRepository;
  readonly apps: AppRepository;
  readonly rooms: RoomRepository;
  readonly roomCodes: RoomCodeRepository;
  readonly streamKeys: StreamKeyRepository;
  readonly liveStreams: LiveStreamRepository;
  readonly beams: BeamRepository;
  readonly recordingAssets: RecordingAssetRepository;
  readonly sessions: SessionRepository;
  readonly history: HistoryRepository;
  readonly nodes: NodeRepository;
  readonly chatMessages: ChatMessageRepository;
  readonly analytics: AnalyticsRepository;
  readonly feedback: FeedbackRepository;
  readonly peerQuality: PeerQualityRepository;
  readonly polls: PollRepository;
  readonly usage: UsageRepository;
  readonly webhooks: WebhookRepository;
  readonly webhookReplays: WebhookReplayRepository;
}

export interface Store extends Repositories {
  /** Outside of transactions. */
  readonly admissions: Admissions;
  /** Statements sent to the database since it was opened. */
  readonly statements: number;
  /**
   * All or nothing. `work` may use only the repositories it is given: on the embedded database a call to the store's
   * own ones would wait for the transaction's end.
   */
  transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T>;
  /** Reads everything that is worth keeping at one moment; `write` must not wait for a peer. See `dump.ts`. */
  dump(sink: {
    readonly begin: (head: DumpHead) => Promise<void>;
    readonly write: (part: DumpedRows) => Promise<void>;
  }): Promise<void>;
  /** To be called now and then, as tables grow: what the embedded database's planner goes by, and its free places. */
  gatherStatistics(): Promise<void>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the database and brings it to the newest schema. @throws StoreError `unavailable` */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const clock = options.clock ?? systemClock;
  let statements = 0;
  const { db, migrate, gatherStatistics, close } = await openDatabase(options, options.logger ?? silentLogger, () => {
    statements += 1;
  });
  try {
    await migrate(migrationsFolder());
  } catch (error) {
    await close();
    if (error instanceof StoreError) throw error;
    throw new StoreError('unavailable', `the database's migrations failed: ${describeDatabaseError(error)}`, {
      cause: error,
    });
  }
  const admissions = new Admissions(db, clock);
  return {
    ...createRepositories(
      db,
      clock,
      afterwards((written) => admissions.drop(written)),
    ),
    admissions,
    get statements() {
      return statements;
    },
    async transaction(work) {
      let wrote = false;
      const noting: Dropping = async (writing) => {
        wrote = true;
        return writing;
      };
      try {
        return await db.transaction((tx) => work(createRepositories(tx, clock, noting)));
      } finally {
        if (wrote) admissions.drop();
      }
    },
    dump: (sink) => dumpStore(db, sink),
    gatherStatistics,
    ping: async () => {
      await db.execute(sql`select 1`);
    },
    close,
  };
}

/**
 * The database that the options name, as it is: migrations are the caller's to apply.
 * @param options.isBare one that is made has no tables at all; otherwise it may have been copied with them
 * @throws StoreError `unavailable`
 */
export async function openDatabase(
  options: Pick<StoreOptions, 'url' | 'dataDir'> & { readonly isBare?: boolean },
  logger: Logger,
  onStatement: () => void = () => {},
): Promise<OpenedDatabase> {
  if (options.url === undefined)
    return openPglite({ folder: options.dataDir, isBare: options.isBare ?? false }, onStatement);
  const { openPostgres } = await import('./open-postgres.ts');
  return openPostgres(options.url, logger, onStatement);
}

function afterwards(drop: (written: Written | undefined) => void): Dropping {
  return async (writing, written) => {
    try {
      return await writing;
    } finally {
      drop(written);
    }
  };
}

function createRepositories(db: Database, clock: Clock, dropping: Dropping): Repositories {
  return {
    workspaces: new WorkspaceRepository(db, clock, dropping),
    owners: new OwnerRepository(db, clock),
    members: new MemberRepository(db, clock, dropping),
    apps: new AppRepository(db, clock, dropping),
    rooms: new RoomRepository(db, clock, dropping),
    roomCodes: new RoomCodeRepository(db, clock, dropping),
    streamKeys: new StreamKeyRepository(db, clock),
    liveStreams: new LiveStreamRepository(db, clock),
    beams: new BeamRepository(db, clock),
    recordingAssets: new RecordingAssetRepository(db, clock),
    sessions: new SessionRepository(db, clock),
    history: new HistoryRepository(db, clock),
    nodes: new NodeRepository(db, clock),
    chatMessages: new ChatMessageRepository(db, clock),
    analytics: new AnalyticsRepository(db, clock),
    feedback: new FeedbackRepository(db, clock),
    peerQuality: new PeerQualityRepository(db, clock),
    polls: new PollRepository(db, clock, dropping),
    usage: new UsageRepository(db, clock),
    webhooks: new WebhookRepository(db, clock),
    webhookReplays: new WebhookReplayRepository(db, clock),
  };
}
