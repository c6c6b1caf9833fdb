import type { Permissions, PublishKind } from '@amphi/protocol';
import { Mic, MonitorUp, Video } from 'lucide-react';
import type { ReactNode } from 'react';

/** Roles in words. */

export const publishKinds: Record<PublishKind, { readonly name: string; readonly icon: ReactNode }> = {
  audio: { name: 'Microphone', icon: <Mic /> },
  video: { name: 'Camera', icon: <Video /> },
  screen: { name: 'Screen', icon: <MonitorUp /> },
};

export const permissionNames: readonly (readonly [keyof Permissions, string])[] = [
  ['hlsStreaming', 'Start and stop the stream'],
  ['endRoom', 'End the session'],
  ['changeRole', 'Change roles'],
  ['removeOthers', 'Remove people'],
  ['mute', 'Mute others'],
  ['unmute', 'Ask to unmute'],
  ['sendRoomState', 'See who is in the room'],
  ['pollWrite', 'Make polls'],
  ['pollRead', 'Answer polls'],
  ['rtmpStreaming', 'Push to RTMP'],
  ['browserRecording', 'Record'],
];

/** Roles that the server keeps for itself are nobody's to edit. */
export function isOwn(name: string): boolean {
  return !name.startsWith('__');
}
