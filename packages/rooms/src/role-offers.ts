import type { Millis } from '@amphi/base';
import { ROLE_REQUEST_MS, type Role } from '@amphi/protocol';
import { type Effect, notify } from './effects.ts';
import type { Member, RoleChangeOffer, Session } from './session.ts';

/** Open requests per target; a further one drops the oldest. Public clients show one at a time. */
export const MAX_OPEN_REQUESTS = 8;

/** The target is asked; its answer comes with the token. */
export function offerRole(
  session: Session,
  target: Member,
  role: Role,
  { requestedBy, now }: { readonly requestedBy: string; readonly now: Millis },
): Effect[] {
  const { roleOffers } = target;
  dropExpired(target, now);
  while (roleOffers.length >= MAX_OPEN_REQUESTS) roleOffers.shift();
  const offer: RoleChangeOffer = {
    token: session.settings.newId(),
    role: role.name,
    requestedBy,
    expiresAt: now + ROLE_REQUEST_MS,
  };
  roleOffers.push(offer);
  return ask(target, [offer]);
}

/** A refusal is told to the inviter alone, by a message: the offer whose token it names is not made again. */
export function dropDeclined(target: Member, refusal: string): void {
  const { roleOffers } = target;
  const index = roleOffers.findIndex(({ token }) => refusal.includes(`"${token}"`));
  if (index >= 0) roleOffers.splice(index, 1);
}

/** Whoever was away may have missed what is still open. */
export function askAgain(target: Member, now: Millis): Effect[] {
  dropExpired(target, now);
  return ask(target, target.roleOffers);
}

function dropExpired({ roleOffers }: Member, now: Millis): void {
  while (roleOffers[0] && roleOffers[0].expiresAt <= now) roleOffers.shift();
}

function ask(target: Member, offers: readonly RoleChangeOffer[]): Effect[] {
  return offers.flatMap(({ requestedBy, role, token }) =>
    notify([target.peerId], 'on-role-change-request', { requested_by: requestedBy, role, token }),
  );
}
