import { type CompositionWish, type HlsDestination, PublicError } from '@amphi/protocol';
import { type Effect, type Effects, fact, notify } from './effects.ts';
import { whyOf } from './facts.ts';
import { broadcasterRoles, isPermitted } from './roles.ts';
import { composedBy, type Destinations, memberOf, requirePermission, type Session, visibleMembers } from './session.ts';
import {
  hlsUpdateOf,
  isRunning,
  type RunningStream,
  type StreamEvent,
  type StreamState,
  transition,
} from './stream-state.ts';

/** Takes the template's destinations as they are now; what runs keeps the one it was started with. */
export function renewDestinations(session: Session, destinations: Destinations): void {
  if (!composedBy(session)) session.destinations = destinations;
}

/**
 * Whether a peer may start and stop streams at all: to be asked before anything is done for it.
 * @param peerId absent for a back end, which needs no role
 * @throws PublicError 403, 410
 */
export function requireStreamPermission(session: Session, peerId: string | undefined): void {
  if (peerId !== undefined) requirePermission(memberOf(session, peerId), 'hlsStreaming');
}

/**
 * Whether a stream may be started now, and to which destination.
 * @param request.peerId absent when a back end starts it, which needs no role
 * @throws PublicError 403 without permission or when the destination is off; 400 when one runs already, or for an
 *   unknown destination; 410
 */
export function checkStreamStart(
  session: Session,
  request: { readonly peerId?: string; readonly destination?: string },
): { readonly name: string; readonly destination: HlsDestination } {
  requireStreamPermission(session, request.peerId);
  if (session.ended) throw new PublicError(410, 'the session has ended');
  const { destinations } = session;
  const name = request.destination ?? Object.keys(destinations)[0];
  if (name === undefined) throw new PublicError(403, 'live streaming is not set up in this template');
  const destination = Object.hasOwn(destinations, name) ? destinations[name] : undefined;
  if (!destination) {
    throw new PublicError(400, `destination: "${name}" is not one of ${Object.keys(destinations).join(', ')}`);
  }
  if (!destination.composition.enabled) throw new PublicError(403, `destination "${name}" is switched off`);
  if (isRunning(session.stream)) throw new PublicError(400, 'beam already started');
  return { name, destination };
}

/**
 * The stream a stop is about.
 * @param peerId absent when a back end stops it
 * @throws PublicError 403 without permission; 404 `hls not running`; 410
 */
export function checkStreamStop(session: Session, peerId?: string): RunningStream {
  requireStreamPermission(session, peerId);
  if (!isRunning(session.stream)) throw new PublicError(404, 'hls not running');
  return session.stream;
}

/**
 * Takes a fact about the stream in; everyone is told when it changed something.
 * @throws PublicError 400 when a stream is requested while one runs
 */
export function handleStreamEvent(session: Session, event: StreamEvent): Effects {
  const before = session.stream;
  const next = transition(before, event);
  if (next === before) return [];
  session.stream = next;
  // A second picture that is there before the first is told of with it, and so are shapes.
  const isTold = (event.type !== 'secondPicture' && event.type !== 'reshaped') || next.phase === 'started';
  const everyone = visibleMembers(session).map((member) => member.peerId);
  return [
    ...(next.phase === 'none' || next.phase === before.phase ? [] : [factOf(next, event)]),
    ...(isTold ? notify(everyone, 'on-hls-update', hlsUpdateOf(next)) : []),
    { type: 'streamChanged' },
  ];
}

/** Tells those who may stream that it is drawn otherwise, or the next one will be. */
export function tellComposition(session: Session, change: CompositionWish): Effects {
  const hosts = visibleMembers(session).filter(({ role }) => isPermitted(role, 'hlsStreaming'));
  return notify(
    hosts.map(({ peerId }) => peerId),
    'on-hls-composition',
    change,
  );
}

function factOf({ phase, streamId }: Exclude<StreamState, { phase: 'none' }>, event: StreamEvent): Effect {
  return fact({ type: 'streamChanged', phase, streamId, ...whyOf(event) });
}

/** Whether anybody is there who could be seen in what is composed. */
export function hasBroadcaster(session: Session): boolean {
  const roles = broadcasterRoles(session.roles, composedBy(session));
  for (const member of session.members.values()) if (roles.includes(member.role.name)) return true;
  return false;
}
