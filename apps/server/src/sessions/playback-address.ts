import type { HlsUpdate, Notification } from '@amphi/protocol';

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
    case 'room-state': {
      const { params } = notification;
      const { streaming } = params.room;
      const hls = moved(streaming.hls, base, reachedAt);
      const room = { ...params.room, streaming: { ...streaming, hls } };
      return { ...notification, params: { ...params, room } } as Notification;
    }
    default:
      return notification;
  }
}

function moved(update: HlsUpdate, base: string, reachedAt: string): HlsUpdate {
  return {
    ...update,
    variants: update.variants.map((variant) =>
      variant.url?.startsWith(`${base}/`) ? { ...variant, url: reachedAt + variant.url.slice(base.length) } : variant,
    ),
  };
}
