import type { HlsUpdate, Notification, NotificationName, NotificationParams, RoomState } from '@amphi/protocol';

/** Makes the address of a place of this server, given as a path; what is no path stays. */
type AddressOf = (place: string) => string;

/**
 * Notifications that name places of this server. The session knows them as paths, since its peers may have reached the
 * server by different addresses: a phone in the local network of a server that calls itself `localhost`.
 */
const PLACES: {
  readonly [Name in NotificationName]?: (
    params: NotificationParams<Name>,
    addressOf: AddressOf,
  ) => NotificationParams<Name>;
} = {
  'on-hls-update': ofStream,
  'peer-list': (params, addressOf) => ({ ...params, room: ofRoom(params.room, addressOf) }),
  'room-state': (params, addressOf) => ({ ...params, room: ofRoom(params.room, addressOf) }),
};

export function holdsPlace({ method }: Notification): boolean {
  return Object.hasOwn(PLACES, method);
}

/**
 * The notification with addresses in place of paths.
 * @param reachedAt where its receiver reached the server, without a slash at the end
 */
export function withAddresses(notification: Notification, reachedAt: string): Notification {
  // The table's entry belongs to the method, which TypeScript cannot follow through the union.
  const rewrite = PLACES[notification.method] as ((params: unknown, addressOf: AddressOf) => unknown) | undefined;
  if (!rewrite) return notification;
  const params = rewrite(notification.params, (place) => (place.startsWith('/') ? reachedAt + place : place));
  return { method: notification.method, params } as Notification;
}

function ofRoom(room: RoomState, addressOf: AddressOf): RoomState {
  return { ...room, streaming: { ...room.streaming, hls: ofStream(room.streaming.hls, addressOf) } };
}

function ofStream(update: HlsUpdate, addressOf: AddressOf): HlsUpdate {
  return { ...update, variants: update.variants.map((variant) => ({ ...variant, url: addressOf(variant.url) })) };
}
