import { jsonBytes, PublicError } from '@amphi/protocol';
import type { Session } from './session.ts';

/** Name and metadata of one peer that are taken whatever the room holds: with it nobody can be shut out by others. */
export const FREE_METADATA_BYTES = 1_024;

/** What a peer brings into every list of peers. */
export function metadataBytes(peer: { readonly name: string; readonly data: string }): number {
  return jsonBytes(peer.name) + jsonBytes(peer.data);
}

/**
 * Newcomers get names and metadata of everyone at once, so the sum is bounded.
 * @param peerId whose earlier name and metadata are given up
 * @throws PublicError 413
 */
export function requireRoomForMetadata(
  session: Session,
  peerId: string,
  peer: { readonly name: string; readonly data: string },
): void {
  const wanted = metadataBytes(peer);
  if (wanted <= FREE_METADATA_BYTES) return;
  let held = 0;
  for (const member of session.members.values()) if (member.peerId !== peerId) held += member.metadataBytes;
  const { maxMetadataBytes } = session.settings;
  if (held + wanted <= maxMetadataBytes) return;
  throw new PublicError(
    413,
    `name and data: ${wanted} bytes as JSON, at most ${FREE_METADATA_BYTES} now: the peers of this room have ${held} of ${maxMetadataBytes}`,
  );
}
