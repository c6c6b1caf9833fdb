import type { Access } from './session-types.ts';

/** What a join link says about who comes, where to, and how. */
export interface JoinLink {
  /** Origin of the server, for `createSession`. */
  readonly endpoint: string;
  readonly access: Access;
  /** The name that the link proposes; may be empty. */
  readonly name: string;
  /** Whoever made the link wants its reader to be in the room at once. */
  readonly skipsPreview: boolean;
}

const ROOM_CODE = /^[a-z]{3}-[a-z]{4}-[a-z]{3}$/;
/** Longer names and user ids the server refuses. */
const MAX_LENGTH = 100;

/**
 * Reads `/meeting/<room code>`, `/preview/<code>`, `/streaming/meeting/<code>`, `/<code>` and the query parameters
 * `name`, `user_id`, `skip_preview=true` and `auth_token` (which wins over the code).
 * @param link as the dashboard shows it, or the address of a page that is opened by such a link
 * @returns undefined when it is no address of the web, or neither a code nor a token is there
 */
export function readJoinLink(link: string): JoinLink | undefined {
  if (!URL.canParse(link)) return undefined;
  const { protocol, origin, pathname, searchParams: query } = new URL(link);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  const roomCode = pathname.split('/').filter(Boolean).at(-1)?.toLowerCase() ?? '';
  const token = query.get('auth_token') ?? '';
  const userId = (query.get('user_id') ?? query.get('userId') ?? '').slice(0, MAX_LENGTH);
  const byCode = { roomCode, ...(userId && { userId }) };
  const access: Access | undefined = token ? { token } : ROOM_CODE.test(roomCode) ? byCode : undefined;
  if (!access) return undefined;
  return {
    endpoint: origin,
    access,
    name: (query.get('name') ?? '').trim().slice(0, MAX_LENGTH),
    skipsPreview: query.get('skip_preview') === 'true',
  };
}
