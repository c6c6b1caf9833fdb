import { randomUUID } from 'node:crypto';
import type { Fact, FactPeer, OutputKind } from '@amphi/rooms';
import type { NewAnalyticsEvent } from '@amphi/store';
import type { RecordedFact } from '../sessions/ports/records.ts';

/**
 * What a session's page tells of it, in the order in which it happened. Kept in one table with the events of
 * `analytics-events.ts`, whose types are the public ones; these are ours, and no back end that asks for those gets them.
 */
export const SESSION_EVENT_TYPES = [
  'session.open',
  'session.close',
  'peer.join',
  'peer.leave',
  'peer.role-change',
  'peer.role-refused',
  'stream.initialised',
  'stream.started',
  'stream.stopped',
  'stream.failed',
  'output.initialised',
  'output.started',
  'output.stopped',
  'output.failed',
  'recording.ready',
  'encoder.connected',
  'encoder.gone',
  'poll.started',
  'poll.stopped',
  'room.locked',
] as const;

export type SessionEventType = (typeof SESSION_EVENT_TYPES)[number];

/** What is kept of an event; what does not belong to it is absent. No addresses: who may only look sees it. */
export interface SessionEventData {
  /** Of the peer that it happened to, as it was then. */
  readonly user_name?: string;
  readonly role?: string;
  readonly previous_role?: string;
  /** Peer that asked for it; absent for a back end, and for what nobody asked for. */
  readonly requested_by?: string;
  /** Why somebody left, a stream failed, a session ended. */
  readonly reason?: string;
  readonly output?: OutputKind;
}

/**
 * @param opening the session was not known before
 */
export function sessionEventsOf(happened: RecordedFact, opening: boolean): NewAnalyticsEvent[] {
  const opened = opening ? [eventOf(happened, 'session.open', {}, happened.startedAt)] : [];
  return [...opened, ...ownEventsOf(happened)];
}

/** The end of a session that nobody was left to tell of: its server was killed, and did not take it up again. */
export function lostSessionEvent(session: {
  readonly id: string;
  readonly roomId: string;
  readonly endedAt: Date | null;
  readonly startedAt: Date;
}): NewAnalyticsEvent {
  const { id: sessionId, roomId, endedAt, startedAt } = session;
  const at = (endedAt ?? startedAt).getTime();
  return eventOf({ sessionId, roomId, at }, 'session.close', { reason: 'lost' });
}

function ownEventsOf(happened: RecordedFact): NewAnalyticsEvent[] {
  const { fact } = happened;
  const one = (type: SessionEventType, data: SessionEventData, of?: FactPeer): NewAnalyticsEvent[] => [
    { ...eventOf(happened, type, of ? { user_name: of.name, role: of.role, ...data } : data), ...idsOf(of) },
  ];
  switch (fact.type) {
    case 'peerJoined':
      return one('peer.join', {}, fact);
    case 'peerLeft':
      return one('peer.leave', { reason: fact.why, ...askedBy(fact) }, fact);
    case 'roleChanged':
      return one('peer.role-change', { previous_role: fact.from, ...askedBy(fact) }, fact);
    case 'roleRefused':
      return one('peer.role-refused', askedBy(fact), fact);
    case 'streamChanged':
      return one(`stream.${fact.phase}`, because(fact));
    case 'outputChanged':
      // Why it cannot be sent to a platform names that one's address.
      return one(`output.${fact.phase}`, { output: fact.kind, ...(fact.kind === 'rtmp' ? {} : because(fact)) });
    case 'recordingFinished':
      return one('recording.ready', {});
    case 'ingestStarted':
      return one('encoder.connected', {});
    case 'ingestEnded':
      return one('encoder.gone', because(fact));
    case 'pollStarted':
      return one('poll.started', askedBy(fact));
    case 'pollStopped':
      return one('poll.stopped', askedBy(fact));
    case 'roomLocked':
      return one('room.locked', askedBy(fact));
    case 'sessionEnded':
      return one('session.close', fact.ending ? { reason: fact.ending.reason, ...askedBy(fact.ending) } : {});
    case 'joinRefused':
    case 'leaveRefused':
    case 'endRefused':
    case 'ingestRefused':
    case 'messageSent':
    // Those have events of their own.
    case 'trackAdded':
    case 'trackUpdated':
    case 'trackRemoved':
    case 'trackRecordingStarted':
    case 'trackRecordingFailed':
    case 'clientFailed':
      return [];
  }
}

function eventOf(
  { roomId, sessionId, at }: Pick<RecordedFact, 'roomId' | 'sessionId' | 'at'>,
  type: SessionEventType,
  data: SessionEventData,
  since = at,
): NewAnalyticsEvent {
  const ofNobody = { peerId: '', userId: '', beamId: null };
  return { id: randomUUID(), roomId, sessionId, ...ofNobody, type, at: new Date(since), data: { ...data } };
}

function idsOf(peer: FactPeer | undefined): Partial<Pick<NewAnalyticsEvent, 'peerId' | 'userId'>> {
  return peer ? { peerId: peer.peerId, userId: peer.userId } : {};
}

function askedBy({ by }: Partial<Pick<Extract<Fact, { type: 'roleChanged' }>, 'by'>>): SessionEventData {
  return by === undefined || by === '' ? {} : { requested_by: by };
}

function because({ why }: { readonly why?: string }): SessionEventData {
  return why === undefined ? {} : { reason: why };
}
