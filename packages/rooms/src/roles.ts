import { type HlsDestination, levelOf, RECORDER_ROLE, type Role, type TrackState } from '@amphi/protocol';

export type Permission = keyof Role['permissions'];

/** Deny by default: only an explicit `true` permits. */
export function isPermitted(role: Role, permission: Permission): boolean {
  return role.permissions[permission] === true;
}

/**
 * Whether a role may publish a track. Whatever belongs to a screen share, its sound too, needs `screen`; everything
 * else needs its own kind.
 */
export function mayPublish(role: Role, track: Pick<TrackState, 'type' | 'source'>): boolean {
  return role.publishParams.allowed.includes(track.source === 'screen' ? 'screen' : track.type);
}

/** Whether peers of the role have connections for media at all. */
export function hasMedia(role: Role): boolean {
  return levelOf(role) !== 'stream';
}

/** Whether `viewer` is sent what peers of the role `publisher` publish. */
export function subscribesTo(viewer: Role, publisher: Role): boolean {
  return viewer.subscribeParams.subscribeToRoles.includes(publisher.name);
}

/** Roles whose media a composed stream shows; an empty list stands for all roles that may publish. */
export function broadcasterRoles(
  roles: Readonly<Record<string, Role>>,
  destination: HlsDestination | undefined,
): readonly string[] {
  const named = destination?.composition.broadcasterRoles ?? [];
  if (named.length > 0) return named.filter((name) => Object.hasOwn(roles, name));
  return Object.values(roles)
    .filter((role) => levelOf(role) === 'stage')
    .map((role) => role.name);
}

/** The role of the hidden peer that composes: it hears the broadcasters and may do nothing. */
export function recorderRole(listensTo: readonly string[]): Role {
  const silent = { bitRate: 0, codec: 'vp8', frameRate: 1, width: 50, height: 50 };
  return {
    name: RECORDER_ROLE,
    priority: 1,
    maxPeerCount: 0,
    publishParams: {
      allowed: [],
      audio: { bitRate: 32, codec: 'opus' },
      video: silent,
      screen: silent,
      simulcast: { video: {}, screen: {} },
    },
    subscribeParams: { subscribeToRoles: [...listensTo], maxSubsBitRate: 20_000 },
    permissions: {
      endRoom: false,
      removeOthers: false,
      mute: false,
      unmute: false,
      changeRole: false,
      sendRoomState: false,
      pollRead: false,
      pollWrite: false,
      hlsStreaming: false,
      rtmpStreaming: false,
      browserRecording: false,
    },
  };
}
