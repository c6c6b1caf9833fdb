import type { Store } from '@amphi/store';
import type { RoomDirectory, RoomSettings } from '../sessions/ports.ts';

/** Rooms as the session host sees them, out of the store. */
export function createRoomDirectory(store: Pick<Store, 'rooms' | 'apps'>): RoomDirectory {
  return {
    async findRoom(roomId): Promise<RoomSettings | undefined> {
      const room = await store.rooms.find(roomId);
      const template = room && (await store.apps.findTemplate(room.templateId));
      if (!room || !template) return undefined;
      return {
        id: room.id,
        name: room.name,
        description: room.description,
        enabled: room.enabled,
        size: room.size ?? 0,
        appId: room.appId,
        templateId: template.id,
        template: template.body,
      };
    },
    async disableRoom(roomId) {
      await store.rooms.update(roomId, { enabled: false });
    },
  };
}
