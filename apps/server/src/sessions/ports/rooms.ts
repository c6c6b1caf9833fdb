import type { TemplateBody } from '@amphi/protocol';
import type { PresetPoll } from '@amphi/rooms';
import type { VerifiedToken } from '../verified-token.ts';

/** What a session asks of the rest of the server about its room, and about who comes in. */

/** A room as a session needs it. */
export interface RoomSettings {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Most peers at a time; 0 = no limit. */
  readonly size: number;
  /** A session ends by itself after so many seconds; 0 = never. */
  readonly maxDurationS: number;
  readonly appId: string;
  readonly templateId: string;
  /** Those that back ends have made for it. */
  readonly polls: readonly PresetPoll[];
  /** As it is now. */
  readonly template: TemplateBody;
}

export interface RoomDirectory {
  findRoom(roomId: string): Promise<RoomSettings | undefined>;
  /** Whether the room code with this id still lets people in. */
  isCodeEnabled(codeId: string): Promise<boolean>;
  /** `end-room` with `lock`: nobody can join any more. */
  disableRoom(roomId: string): Promise<void>;
}

export interface ClientTokens {
  /**
   * A peer that is still known may come back with a token that expired meanwhile; whether it is, is for the caller to
   * look at.
   * @param from whom wrong tokens count for (`addressKey`)
   * @throws PublicError 401, 429 after too many wrong ones
   */
  verify(token: string, from: string): Promise<VerifiedToken>;
  /** Signs a token for the room; used for the egress peer. */
  issue(claims: { readonly roomId: string; readonly role: string; readonly userId?: string }): Promise<string>;
}
