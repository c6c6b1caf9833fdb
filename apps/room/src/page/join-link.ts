import type { Access } from '@amphi/client';

/** What the address of the page says about who comes, where to, and how. */
export interface JoinLink {
  readonly access: Access;
  /** Fills the name field, or is the name when the preview is skipped. */
  readonly name: string;
  readonly skipsPreview: boolean;
}

const ROOM_CODE = /^[a-z]{3}-[a-z]{4}-[a-z]{3}$/;

/**
 * Reads `/meeting/<room code>`, `/preview/<code>`, `/streaming/meeting/<code>`, `/<code>` and the query parameters
 * `name`, `skip_preview=true` and `auth_token` (which wins over the code).
 * @returns undefined when neither a code nor a token is there
 */
export function parseJoinLink(location: { readonly pathname: string; readonly search: string }): JoinLink | undefined {
  const query = new URLSearchParams(location.search);
  const roomCode = location.pathname.split('/').filter(Boolean).at(-1)?.toLowerCase() ?? '';
  const token = query.get('auth_token') ?? '';
  const access: Access | undefined = token ? { token } : ROOM_CODE.test(roomCode) ? { roomCode } : undefined;
  if (!access) return undefined;
  return {
    access,
    name: (query.get('name') ?? '').trim().slice(0, 100),
    skipsPreview: query.get('skip_preview') === 'true',
  };
}
