export * from './messages.ts';
export { type AmphiRoomElement, defineRoomElement } from './room-element.ts';
export { EmbedError, RoomFrame } from './room-frame.ts';
export { type RoomElement, type RoomOptions, roomUrl } from './room-url.ts';
