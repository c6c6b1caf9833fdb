import { type Clock, type Logger, silentLogger, systemClock } from '@amphi/base';
import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { openPglite } from './open-pglite.ts';
import { AppRepository } from './repositories/apps.ts';
import { LiveStreamRepository } from './repositories/live-streams.ts';
import { OwnerRepository } from './repositories/owners.ts';
import { RoomCodeRepository } from './repositories/room-codes.ts';
import { RoomRepository } from './repositories/rooms.ts';
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
  readonly apps: AppRepository;
  readonly rooms: RoomRepository;
  readonly roomCodes: RoomCodeRepository;
  readonly liveStreams: LiveStreamRepository;
}

export interface Store extends Repositories {
  /**
   * All or nothing. `work` may use only the repositories it is given: on the embedded database a call to the store's
   * own ones would wait for the transaction's end.
   */
  transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the database and brings it to the newest schema. @throws StoreError `unavailable` */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const clock = options.clock ?? systemClock;
  const { db, close } =
    options.url === undefined
      ? await openPglite(options.dataDir)
      : await (await import('./open-postgres.ts')).openPostgres(options.url, options.logger ?? silentLogger);
  return {
    ...createRepositories(db, clock),
    transaction: (work) => db.transaction((tx) => work(createRepositories(tx, clock))),
    ping: async () => {
      await db.execute(sql`select 1`);
    },
    close,
  };
}

function createRepositories(db: Database, clock: Clock): Repositories {
  return {
    workspaces: new WorkspaceRepository(db, clock),
    owners: new OwnerRepository(db, clock),
    apps: new AppRepository(db, clock),
    rooms: new RoomRepository(db, clock),
    roomCodes: new RoomCodeRepository(db, clock),
    liveStreams: new LiveStreamRepository(db, clock),
  };
}
