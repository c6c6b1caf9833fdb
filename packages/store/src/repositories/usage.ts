import type { Clock, Millis } from '@amphi/base';
import { and, asc, eq, gte, lt, max, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { ReadCache } from '../read-cache.ts';
import { usageDays } from '../schema.ts';

/** What an app, or a workspace, used on one day. */
export interface UsageDay {
  /** UTC, such as `2026-01-31`. */
  readonly day: string;
  readonly participantMs: Millis;
  /** Of streams on air. */
  readonly streamMs: Millis;
  /** Of recordings that were finished on this day. */
  readonly recordingMs: Millis;
  /** People who were there at the same time. */
  readonly peakParticipants: number;
}

export interface UsageQuery {
  readonly workspaceId: string;
  /** Default: all apps together. */
  readonly appId?: string | undefined;
  /** Midnights in UTC; `to` is the first day that is not asked for. */
  readonly from: Date;
  readonly to: Date;
}

interface CountedDay extends UsageDay {
  readonly workspaceId: string;
  /** Empty for all apps together. */
  readonly appId: string;
}

const DAY_MS: Millis = 86_400_000;
/** What happened before midnight may be written after it; by then it is. */
const LATE_MS: Millis = 3_600_000;
/** Counted by one statement. */
const ROLLED_UP_MS: Millis = 28 * DAY_MS;
/** Of days that are not over. */
const COUNTS_KEPT_MS: Millis = 30_000;

/**
 * Usage by day. Days that are over are counted once, from who was in sessions, what was on air and what was recorded, and
 * stay, whatever becomes of those rows; what has been since is counted when it is asked for.
 */
export class UsageRepository {
  readonly #db: Database;
  readonly #clock: Clock;
  /** By workspace: what no row has yet. */
  readonly #recent: ReadCache<readonly CountedDay[]>;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#recent = new ReadCache({ clock, keepMs: COUNTS_KEPT_MS, maxEntries: 1_000 });
  }

  /**
   * Counts the days that are over and are not counted yet, of all workspaces. To be called when a server starts and at
   * least once a day after that. Years of history are counted four weeks at a time, so that others get their turn between.
   */
  async rollUp(): Promise<void> {
    const until = midnightOf(this.#clock.now() - LATE_MS).getTime();
    let from = Math.max((await this.#countedUntil()).getTime(), (await this.#firstDay()) ?? until);
    while (from < until) {
      const to = Math.min(from + ROLLED_UP_MS, until);
      await this.#db.execute(sql`
        insert into usage_days
          (workspace_id, app_id, day, participant_ms, stream_ms, recording_ms, peak_participants)
        ${counted(new Date(from), new Date(to))}
        on conflict do nothing`);
      from = to;
    }
  }

  /** Days on which there was something, oldest first. What has been since midnight may be half a minute old. */
  async list({ workspaceId, appId = '', from, to }: UsageQuery): Promise<UsageDay[]> {
    const countedUntil = await this.#countedUntil();
    const days = await this.#db
      .select(FIGURES)
      .from(usageDays)
      .where(
        and(
          eq(usageDays.workspaceId, workspaceId),
          eq(usageDays.appId, appId),
          gte(usageDays.day, dayOf(from)),
          lt(usageDays.day, dayOf(to)),
        ),
      )
      .orderBy(asc(usageDays.day));
    if (to.getTime() <= countedUntil.getTime()) return days;
    const key = `${workspaceId} ${countedUntil.getTime()}`;
    const recent = (await this.#recent.get(key, () => this.#count(workspaceId, countedUntil))) ?? [];
    const known = new Set(days.map(({ day }) => day));
    for (const { workspaceId: _, appId: app, ...figures } of recent) {
      const { day } = figures;
      if (app === appId && day >= dayOf(from) && day < dayOf(to) && !known.has(day)) days.push(figures);
    }
    return days;
  }

  /** The first midnight after all that is counted; the beginning of time when nothing is. */
  async #countedUntil(): Promise<Date> {
    const [row] = await this.#db.select({ day: max(usageDays.day) }).from(usageDays);
    return row?.day ? new Date(Date.parse(row.day) + DAY_MS) : new Date(0);
  }

  /** The midnight before there was anything. */
  async #firstDay(): Promise<Millis | undefined> {
    const { rows } = (await this.#db.execute(sql`
      select extract(epoch from least((select min(joined_at) from session_peers),
        (select min(started_at) from live_streams), (select min(created_at) from recording_assets)))::float8 as first`)) as unknown as {
      readonly rows: { readonly first: number | null }[];
    };
    const first = rows[0]?.first;
    return first === null || first === undefined ? undefined : midnightOf(first * 1000).getTime();
  }

  async #count(workspaceId: string, from: Date): Promise<CountedDay[]> {
    const to = new Date(this.#clock.now());
    const { rows } = (await this.#db.execute(sql`
      select workspace_id as "workspaceId", app_id as "appId", day::text as day, participant_ms::float8 as "participantMs",
        stream_ms::float8 as "streamMs", recording_ms::float8 as "recordingMs", peak::int as "peakParticipants"
      from (${counted(from, to, workspaceId)}) as usage order by day`)) as unknown as { readonly rows: CountedDay[] };
    return rows;
  }
}

const FIGURES = {
  day: usageDays.day,
  participantMs: usageDays.participantMs,
  streamMs: usageDays.streamMs,
  recordingMs: usageDays.recordingMs,
  peakParticipants: usageDays.peakParticipants,
};

/**
 * Usage of each app, and of all apps of a workspace, on each day from `from` to `to`, as rows (workspace_id, app_id, day,
 * participant_ms, stream_ms, recording_ms, peak). Who was there over midnight is split there. Who has left in the
 * millisecond in which another came was not there at the same time.
 */
function counted(from: Date, to: Date, workspaceId?: string): SQL {
  const start = sql`${from.toISOString()}::timestamptz`;
  const end = sql`${to.toISOString()}::timestamptz`;
  const inWorkspace = (table: string): SQL =>
    workspaceId === undefined ? sql`` : sql`and ${sql.identifier(table)}.workspace_id = ${workspaceId}`;
  return sql`
    with spans as (
      select true as is_person, s.workspace_id, r.app_id, greatest(p.joined_at, ${start}) as a,
        least(coalesce(p.left_at, s.ended_at, ${end}), ${end}) as b
      from session_peers p join sessions s on s.id = p.session_id join rooms r on r.id = s.room_id
      where (p.left_at > ${start} or p.left_at is null) and p.joined_at < ${end} ${inWorkspace('s')}
      union all
      select false, l.workspace_id, r.app_id, greatest(l.started_at, ${start}),
        least(coalesce(l.stopped_at, ${end}), ${end})
      from live_streams l join rooms r on r.id = l.room_id
      where (l.stopped_at > ${start} or l.stopped_at is null and l.status in ('running', 'stopping'))
        and l.started_at < ${end} ${inWorkspace('l')}
    ), pieces as (
      select is_person, workspace_id, app_id, (midnight at time zone 'UTC')::date as day,
        greatest(a, midnight) as a, least(b, midnight + interval '24 hours') as b
      from spans, generate_series(date_trunc('day', a, 'UTC'), b, interval '24 hours') as midnight
      where a < b and midnight < b
    ), steps as (
      select workspace_id, app_id, day, a as at, 1 as step from pieces where is_person
      union all
      select workspace_id, app_id, day, b, -1 from pieces where is_person
    ), figures as (
      select workspace_id, app_id, day, extract(epoch from b - a) * 1000 as participant_ms, 0 as stream_ms,
        0 as recording_ms, 0 as of_app, 0 as of_all
      from pieces where is_person
      union all
      select workspace_id, app_id, day, 0, extract(epoch from b - a) * 1000, 0, 0, 0 from pieces where not is_person
      union all
      select f.workspace_id, r.app_id, (max(f.created_at) at time zone 'UTC')::date, 0, 0, max(f.duration_ms), 0, 0
      from recording_assets f join rooms r on r.id = f.room_id
      where f.created_at >= ${start} and f.created_at < ${end} and f.status = 'completed' ${inWorkspace('f')}
      group by f.workspace_id, r.app_id, f.job_id, f.run
      union all
      select workspace_id, app_id, day, 0, 0, 0,
        sum(step) over (partition by workspace_id, day, app_id order by at, step),
        sum(step) over (partition by workspace_id, day order by at, step)
      from steps
    )
    select workspace_id, coalesce(app_id, '') as app_id, day, round(sum(participant_ms)) as participant_ms,
      round(sum(stream_ms)) as stream_ms, sum(recording_ms) as recording_ms,
      case grouping(app_id) when 0 then max(of_app) else max(of_all) end as peak
    from figures group by grouping sets ((workspace_id, app_id, day), (workspace_id, day))`;
}

function midnightOf(at: Millis): Date {
  return new Date(Math.floor(at / DAY_MS) * DAY_MS);
}

function dayOf(midnight: Date): string {
  return midnight.toISOString().slice(0, 10);
}
