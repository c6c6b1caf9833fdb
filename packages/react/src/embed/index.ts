export { AmphiRoom, type AmphiRoomHandle, type AmphiRoomProps } from './amphi-room.tsx';
