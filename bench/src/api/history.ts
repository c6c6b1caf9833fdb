import { silentLogger } from '@amphi/base';
import { openDatabase } from '@amphi/store';

export const ROOMS = 10_000;
export const SESSIONS = 1_000_000;
/** That have not ended, the newest and some that are a year old. */
const OPEN = 40;

/**
 * Years of a busy workspace: rooms, a million sessions a minute apart, and somebody in each tenth of them. They are of another
 * node, so that no server takes them for its own.
 */
export async function writeHistory(where: { readonly url?: string; readonly dataDir?: string }): Promise<void> {
  const { db, gatherStatistics, close } = await openDatabase(where, silentLogger);
  try {
    await db.execute(`
      insert into rooms (id, workspace_id, app_id, template_id, name, name_key, description, enabled, region, large_room,
        created_at, updated_at)
      select lpad(to_hex(n), 24, '0'), t.workspace_id, t.app_id, t.id, 'Lecture ' || n, 'lecture ' || n, '', n % 100 <> 0,
        'auto', false, now() - n * interval '1 hour', now()
      from generate_series(1, ${ROOMS}) as n, (select * from templates order by id limit 1) as t`);
    // In parts: a statement may take no more than some seconds.
    const part = SESSIONS / 20;
    for (let first = 1; first <= SESSIONS; first += part) {
      await db.execute(`
        insert into sessions (id, workspace_id, room_id, node, started_at, ended_at)
        select 'session-' || lpad(n::text, 8, '0'), w.id, lpad(to_hex(1 + n % ${ROOMS}), 24, '0'), 'another',
          timestamptz '2024-01-01' + n * interval '1 minute',
          case when n > ${SESSIONS - OPEN / 2} or n % ${SESSIONS / (OPEN / 2)} = 7 then null
            else timestamptz '2024-01-01' + (n + 50) * interval '1 minute' end
        from generate_series(${first}, ${first + part - 1}) as n, (select id from workspaces order by id limit 1) as w`);
      await db.execute(`
        insert into session_peers (session_id, peer_id, joined_at, user_id, name, role, left_at)
        select id, 'peer', started_at, 'user', 'Mia', 'viewer', ended_at from sessions
        where id >= 'session-' || lpad('${first}', 8, '0') and id < 'session-' || lpad('${first + part}', 8, '0')
          and id like '%0'`);
    }
    // As the server does every now and then for the embedded database, and PostgreSQL within a minute by itself.
    await db.execute('analyze');
    await gatherStatistics();
  } finally {
    await close();
  }
}

/** What the machine itself makes of a request, when it is asked for as pages are. */
export const CONTROL = '/healthz';

/** Lists of it, by name: first pages, pages from the middle, and each filter. */
export const PAGES: Readonly<Record<string, string>> = {
  rooms: '/v2/rooms?limit=100',
  rooms_middle: `/v2/rooms?limit=100&start=${idOf(ROOMS / 2)}`,
  rooms_search: '/v2/rooms?limit=100&search=ture%20777',
  rooms_search_none: '/v2/rooms?limit=100&search=nothing',
  rooms_name: '/v2/rooms?limit=100&name=Lecture%204711',
  rooms_disabled: '/v2/rooms?limit=100&enabled=false',
  rooms_span: '/v2/rooms?limit=100&after=2001-01-01T00:00:00Z&before=2002-01-01T00:00:00Z',
  sessions: '/v2/sessions?limit=100',
  sessions_middle: `/v2/sessions?limit=100&start=session-${String(SESSIONS / 2).padStart(8, '0')}`,
  sessions_end: '/v2/sessions?limit=100&start=session-00000050',
  sessions_active: '/v2/sessions?limit=100&active=true',
  sessions_over: '/v2/sessions?limit=100&active=false',
  sessions_span: '/v2/sessions?limit=100&after=2024-06-01T00:00:00Z&before=2024-06-02T00:00:00Z',
  sessions_room: `/v2/sessions?limit=100&room_id=${idOf(4711)}`,
  sessions_room_active: `/v2/sessions?limit=100&room_id=${idOf(4711)}&active=true`,
  usage_year: '/v2/analytics/usage?from=2024-06-01&to=2025-05-31',
  sessions_no_room: '/v2/sessions?limit=100&room_id=nowhere',
};

function idOf(room: number): string {
  return room.toString(16).padStart(24, '0');
}
