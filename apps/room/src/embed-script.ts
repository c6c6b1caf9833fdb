import { defineRoomElement } from '@amphi/client/embed';

/** `/room-assets/embed.js`: makes `<amphi-room>` known to pages that build nothing. */
defineRoomElement();
