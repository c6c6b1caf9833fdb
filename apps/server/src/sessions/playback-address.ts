import type { HlsUpdate, Notification, RoomState } from '@amphi/protocol';

/** Notifications that may hold the stream's address. */
const WITH_STREAM_ADDRESS: ReadonlySet<Notification['method']> = new Set(['on-hls-update', 'peer-list', 'room-state']);

export function holdsStreamAddress({ method }: Notification): boolean {
  return WITH_STREAM_ADDRESS.has(method);
}

/**
 * The notification with the stream's address as a client can use it that reached the server by another address than
 * the one streams are started with: a phone in the local network of a server that calls itself `localhost`.
 * @param base where streams are played, without a slash at the end
 * @param reachedAt where the client reached the server
 * @returns the same object when there is nothing to change
 */
export function playableFrom(notification: Notification, base: string, reachedAt: string): Notification {
  if (base === reachedAt) return notification;
  switch (notification.method) {
    case 'on-hls-update':
      return { ...notification, params: moved(notification.params, base, reachedAt) };
    case 'peer-list':
      return {
        ...notification,
        params: { ...notification.params, room: roomMoved(notification.params.room, base, reachedAt) },
      };
    case 'room-state':
      return {
        ...notification,
        params: { ...notification.params, room: roomMoved(notification.params.room, base, reachedAt) },
      };
    default:
      return notification;
  }
}

function roomMoved(room: RoomState, base: string, reachedAt: string): RoomState {
  return { ...room, streaming: { ...room.streaming, hls: moved(room.streaming.hls, base, reachedAt) } };
}

function moved(update: HlsUpdate, base: string, reachedAt: string): HlsUpdate {
  return {
    ...update,
    variants: update.variants.map((variant) =>
      variant.url?.startsWith(`${base}/`) ? { ...variant, url: reachedAt + variant.url.slice(base.length) } : variant,
    ),
  };
}
