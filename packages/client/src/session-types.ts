import type { Clock, Logger } from '@amphi/base';
import type { Environment } from './environment.ts';
import type { ClientError } from './errors.ts';
import type { ChatMessage, LeaveReason, RemotePeer } from './state.ts';

/** The way into a room: a room code of a join link, or an auth token made by a back end. */
export type Access =
  | { readonly roomCode: string; readonly userId?: string | undefined; readonly keeper?: TokenKeeper }
  | { readonly token: string };

/**
 * Where a page keeps the token of a room code while it is in the room. A page that died (a killed tab, a crashed browser)
 * comes back with it, and the server knows by it whose place that is.
 */
export interface TokenKeeper {
  read(roomCode: string): string | undefined;
  /** `undefined`: nothing is to be kept any more. */
  write(roomCode: string, token: string | undefined): void;
}

/** What a session is made with. */
export interface SessionOptions {
  /** Origin of the Amphi server, such as `https://live.example.org`, without a slash at the end. */
  readonly endpoint: string;
  readonly environment?: Environment;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** One encoding per layer of the role for the camera. Default true. */
  readonly simulcast?: boolean;
}

/** How we enter the room. */
export interface JoinOptions {
  readonly name: string;
  /** Metadata that others see; usually JSON. */
  readonly data?: string;
  /** Needed when `preview` was not called before. */
  readonly access?: Access;
  /** Devices that are to be on from the start, as far as the role allows. Default: as they are (after a preview), else off. */
  readonly microphone?: boolean;
  readonly camera?: boolean;
}

/** What happens in a session and is not state: by name, with what is told of it. */
export interface SessionEvents {
  messageReceived: { readonly message: ChatMessage };
  /** An app's own broadcast: any type but `chat`. */
  customEvent: { readonly type: string; readonly payload: string; readonly peerId: string | undefined };
  peerJoined: { readonly peer: RemotePeer };
  peerLeft: { readonly peer: RemotePeer };
  /** Someone asks us to switch a device on: `setMicrophone(true)` or `setCamera(true)` does it. */
  unmuteRequested: { readonly device: 'microphone' | 'camera'; readonly by: string | undefined };
  roleChanged: { readonly from: string | undefined; readonly to: string };
  /** Something failed and the session goes on. */
  error: { readonly error: ClientError };
  left: { readonly reason: LeaveReason };
}
