import { sessionQuestionOf } from '@amphi/protocol';
import type { PresetPoll } from '@amphi/rooms';
import type { Poll, Store } from '@amphi/store';
import type { RoomDirectory, RoomSettings } from '../sessions/ports/rooms.ts';

/** Rooms as the session host sees them, out of the store. */
export function createRoomDirectory(store: Pick<Store, 'admissions' | 'rooms'>): RoomDirectory {
  return {
    async findRoom(roomId): Promise<RoomSettings | undefined> {
      const place = await store.admissions.place(roomId);
      if (!place) return undefined;
      const { room, template } = place;
      return {
        id: room.id,
        name: room.name,
        description: room.description,
        enabled: room.enabled,
        size: room.size ?? 0,
        maxDurationS: room.maxDurationSeconds ?? 0,
        appId: room.appId,
        templateId: template.id,
        template: template.body,
        polls: (await store.admissions.polls(room.polls ?? [])).map(presetOf),
      };
    },
    isCodeEnabled: (codeId) => store.admissions.isCodeEnabled(codeId),
    async disableRoom(roomId) {
      await store.rooms.update(roomId, { enabled: false });
    },
  };
}

function presetOf({ id, body: { questions, ...poll } }: Poll): PresetPoll {
  return { id, ...poll, questions: questions.map(sessionQuestionOf) };
}
