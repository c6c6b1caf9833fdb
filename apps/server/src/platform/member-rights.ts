import { type MemberRole, PublicError } from '@amphi/protocol';

/** The least role that may ask for each operation of the dashboard; paths are below `/platform`. */

const RANK: Readonly<Record<MemberRole, number>> = { viewer: 0, admin: 1, owner: 2 };

/** What only looks, and at nothing that lets in elsewhere: neither keys, nor links into rooms, nor secrets of a back end. */
const FOR_VIEWERS = [
  'GET /session',
  'DELETE /session',
  'POST /password',
  'DELETE /membership',
  'GET /members',
  'GET /kits',
  'GET /apps',
  'GET /apps/:appId',
  'GET /apps/:appId/look',
  'GET /doctor',
  'GET /v2/active-rooms/:roomId',
  'GET /v2/active-rooms/:roomId/peers',
  'GET /v2/active-rooms/:roomId/peers/:peerId',
  'GET /v2/analytics/feedback',
  'GET /v2/analytics/feedback/summary/:sessionId',
  'GET /v2/analytics/usage',
  'GET /v2/live-streams',
  'GET /v2/live-streams/:streamId',
  'GET /v2/polls/:pollId',
  'GET /v2/polls/:pollId/responses',
  'GET /v2/polls/:pollId/responses/:id',
  'GET /v2/polls/:pollId/results',
  'GET /v2/polls/:pollId/results/:id',
  'GET /v2/polls/:pollId/sessions',
  'GET /v2/polls/:pollId/sessions/:sessionId',
  'GET /v2/analytics/peer-stats',
  'GET /v2/recording-assets',
  'GET /v2/recording-assets/:assetId',
  'GET /v2/recording-assets/:assetId/presigned-url',
  'GET /v2/recordings',
  'GET /v2/recordings/:beamId',
  // Without its webhook (`withoutSecrets`).
  'GET /v2/rooms',
  'GET /v2/rooms/:roomId',
  'GET /v2/sessions',
  'GET /v2/sessions/:sessionId',
  'GET /v2/sessions/:sessionId/events',
  'GET /v2/templates/:templateId/recordings',
  'GET /v2/templates/:templateId/roles/:role',
  'GET /v2/templates/:templateId/settings',
];

const FOR_ADMINS = [
  'POST /apps',
  'POST /apps/:appId/destination',
  'POST /apps/:appId/look',
  'POST /apps/:appId/storage/test',
  'GET /developer',
  'GET /keys',
  'POST /keys',
  'DELETE /keys/:accessKey',
  'POST /keys/:accessKey/management-token',
  'GET /webhook',
  'POST /webhook',
  'POST /webhook/test',
  'POST /doctor',
  // Whom they are about decides besides (`assertMayManage`).
  'POST /members/:memberId',
  'DELETE /members/:memberId',
  'POST /invitations',
  'DELETE /invitations/:invitationId',
  // They tell the addresses of back ends and platforms, with what lets in there.
  'GET /v2/analytics/events',
  'GET /v2/analytics/webhooks',
  'GET /v2/analytics/webhooks/replay/:workflowId',
  'GET /v2/external-streams',
  'GET /v2/external-streams/:beamId',
  'GET /v2/templates',
  'GET /v2/templates/:templateId',
  'GET /v2/templates/:templateId/destinations',
  'POST /v2/active-rooms/:roomId/end-room',
  'POST /v2/active-rooms/:roomId/peers/:peerId',
  'POST /v2/active-rooms/:roomId/remove-peers',
  'POST /v2/active-rooms/:roomId/send-message',
  'POST /v2/analytics/events/webhooks/replay',
  'POST /v2/analytics/webhooks/replay',
  'DELETE /v2/external-streams/:beamId',
  'POST /v2/external-streams/:beamId/stop',
  'POST /v2/external-streams/room/:roomId/start',
  'POST /v2/external-streams/room/:roomId/stop',
  'POST /v2/live-streams/:streamId/pause-recording',
  'POST /v2/live-streams/:streamId/resume-recording',
  'POST /v2/live-streams/:streamId/stop',
  'POST /v2/live-streams/:streamId/timed-metadata',
  'POST /v2/live-streams/room/:roomId/composition',
  'POST /v2/live-streams/room/:roomId/start',
  'POST /v2/live-streams/room/:roomId/stop',
  'POST /v2/polls',
  'POST /v2/polls/:pollId',
  'DELETE /v2/polls/:pollId/questions/:question',
  'POST /v2/polls/:pollId/questions/:question',
  'DELETE /v2/polls/:pollId/questions/:question/options/:option',
  'POST /v2/polls/:pollId/questions/:question/options/:option',
  'DELETE /v2/recording-assets/:assetId',
  'DELETE /v2/recordings/:beamId',
  'POST /v2/recordings/:beamId/stop',
  'POST /v2/recordings/room/:roomId/pause',
  'POST /v2/recordings/room/:roomId/resume',
  'POST /v2/recordings/room/:roomId/start',
  'POST /v2/recordings/room/:roomId/stop',
  'POST /v2/room-codes/code',
  'GET /v2/room-codes/room/:roomId',
  'POST /v2/room-codes/room/:roomId',
  'POST /v2/room-codes/room/:roomId/role/:role',
  'GET /v2/stream-keys/room/:roomId',
  'POST /v2/stream-keys/room/:roomId',
  'POST /v2/stream-keys/room/:roomId/disable',
  'POST /v2/rooms',
  'POST /v2/rooms/:roomId',
  'POST /v2/templates',
  'POST /v2/templates/:templateId',
  'POST /v2/templates/:templateId/destinations',
  'POST /v2/templates/:templateId/recordings',
  'DELETE /v2/templates/:templateId/roles/:role',
  'POST /v2/templates/:templateId/roles/:role',
  'POST /v2/templates/:templateId/settings',
];

const LEAST: ReadonlyMap<string, MemberRole> = new Map([
  ...FOR_VIEWERS.map((operation) => [operation, 'viewer'] as const),
  ...FOR_ADMINS.map((operation) => [operation, 'admin'] as const),
]);

/** An operation that nobody has thought about here is for owners. */
export function leastRoleFor(operation: string): MemberRole {
  return LEAST.get(operation) ?? 'owner';
}

export function isAtLeast(role: MemberRole, least: MemberRole): boolean {
  return RANK[role] >= RANK[least];
}

/** Owners are made and unmade by owners alone. @throws PublicError 403 */
export function assertMayManage(by: MemberRole, ...roles: readonly MemberRole[]): void {
  if (by !== 'owner' && roles.includes('owner'))
    throw new PublicError(403, 'only an owner decides who owns the workspace');
}

/** What a viewer sees of rooms, alone or in a list: not where a back end is told, as its headers are secrets. */
export function withoutSecrets(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  if ('data' in answer && Array.isArray(answer.data)) return { ...answer, data: answer.data.map(withoutSecrets) };
  if (!('webhook' in answer)) return answer;
  const { webhook: _, ...rest } = answer;
  return rest;
}
