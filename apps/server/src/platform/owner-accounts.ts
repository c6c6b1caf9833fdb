import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Millis } from '@amphi/base';
import { type MemberRole, type OwnerView, PublicError } from '@amphi/protocol';
import type { Invitation, Owner, OwnerSession, Store } from '@amphi/store';
import { hashPassword, isPassword } from './passwords.ts';

/** How long a link that invites can be used. */
const INVITATION_MS: Millis = 7 * 24 * 3600 * 1000;
/** Open at a time, of a workspace. */
const MAX_INVITATIONS = 100;

/** A session ends after a day without a request. */
export const SESSION_MS: Millis = 24 * 3600 * 1000;
/** How much of it must be gone before a request writes a new end. */
const EXTEND_AFTER_MS: Millis = 10 * 60 * 1000;
const SIGN_IN_CODE_MS: Millis = 24 * 3600 * 1000;
const TOKEN_BYTES = 32;
const INVITATION_GONE = 'the invitation was used or withdrawn, or has expired';

/** Someone who is signed in to the dashboard. */
export interface SignedIn {
  readonly owner: Owner;
  readonly session: OwnerSession;
  /** The session's end was moved with this request: the cookie should be set again. */
  readonly extended: boolean;
}

/** Signing in and out of the dashboard. Tokens and codes are random; the store gets their hashes only. */
export class OwnerAccounts {
  readonly #store: Pick<Store, 'owners' | 'members'>;
  readonly #clock: Clock;

  constructor(options: { readonly store: Pick<Store, 'owners' | 'members'>; readonly clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** @returns the session's token. @throws PublicError 401 */
  async signIn(email: string, password: string): Promise<{ owner: Owner; token: string }> {
    const owner = await this.#store.owners.findByEmail(email);
    const right = await isPassword(owner?.passwordHash, password);
    if (!owner || !right) throw new PublicError(401, 'e-mail address or password is wrong');
    return { owner, token: await this.#begin(owner, { byLink: false }) };
  }

  /** Uses up the code of a sign-in link. @throws PublicError 401 */
  async signInOnce(code: string): Promise<{ owner: Owner; token: string }> {
    const owner = await this.#store.owners.consumeOneTimeCode(hashOf(code));
    if (!owner) throw new PublicError(401, 'the sign-in link was used already or has expired');
    return { owner, token: await this.#begin(owner, { byLink: true }) };
  }

  /** A code for one sign-in within a day. */
  async newSignInCode(ownerId: string): Promise<string> {
    const code = randomBytes(TOKEN_BYTES).toString('base64url');
    await this.#store.owners.createOneTimeCode({
      codeHash: hashOf(code),
      ownerId,
      expiresAt: new Date(this.#clock.now() + SIGN_IN_CODE_MS),
    });
    return code;
  }

  /** @returns the code of the link, which nobody can read again. @throws StoreError `taken` */
  async invite(invited: {
    readonly workspaceId: string;
    readonly email: string;
    readonly role: MemberRole;
  }): Promise<{ readonly invitation: Invitation; readonly code: string }> {
    const code = randomBytes(TOKEN_BYTES).toString('base64url');
    const expiresAt = new Date(this.#clock.now() + INVITATION_MS);
    const row = { ...invited, codeHash: hashOf(code), expiresAt };
    return { invitation: await this.#store.members.invite(row, { max: MAX_INVITATIONS }), code };
  }

  /** @throws PublicError 401 */
  async offered(code: string): Promise<Invitation> {
    const invitation = await this.#store.members.findInvitation(hashOf(code));
    if (!invitation) throw new PublicError(401, INVITATION_GONE);
    return invitation;
  }

  /** Makes the account and signs it in. @throws PublicError 401; StoreError `taken` */
  async acceptInvitation(code: string, password: string): Promise<{ owner: Owner; token: string }> {
    // Before a password is hashed for nothing.
    await this.offered(code);
    const owner = await this.#store.members.accept(hashOf(code), await hashPassword(password));
    if (!owner) throw new PublicError(401, INVITATION_GONE);
    return { owner, token: await this.#begin(owner, { byLink: false }) };
  }

  /** Who the token belongs to, while its session lasts. */
  async find(token: string): Promise<SignedIn | undefined> {
    const found = await this.#store.owners.findSession(hashOf(token));
    if (!found) return undefined;
    const end = this.#sessionEnd();
    const extended = end.getTime() - found.session.expiresAt.getTime() > EXTEND_AFTER_MS;
    if (extended) await this.#store.owners.extendSession(found.session.tokenHash, end);
    return { ...found, extended };
  }

  async signOut(signedIn: SignedIn): Promise<void> {
    await this.#store.owners.deleteSession(signedIn.session.tokenHash);
  }

  /**
   * Ends all other sessions. The current password is asked for unless there is none, or the session began by a
   * sign-in link: whoever can make the server print one may also replace a forgotten password.
   * @throws PublicError 403
   */
  async setPassword(
    signedIn: SignedIn,
    passwords: { readonly currentPassword?: string | undefined; readonly newPassword: string },
  ): Promise<void> {
    const { owner, session } = signedIn;
    if (owner.passwordHash !== null && !session.byLink) {
      const right = await isPassword(owner.passwordHash, passwords.currentPassword ?? '');
      if (!right) throw new PublicError(403, 'currentPassword is wrong');
    }
    await this.#store.owners.setPassword(owner.id, {
      passwordHash: await hashPassword(passwords.newPassword),
      keepSession: session.tokenHash,
    });
  }

  async #begin(owner: Owner, options: { readonly byLink: boolean }): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await this.#store.owners.createSession({
      tokenHash: hashOf(token),
      ownerId: owner.id,
      byLink: options.byLink,
      expiresAt: this.#sessionEnd(),
    });
    return token;
  }

  #sessionEnd(): Date {
    return new Date(this.#clock.now() + SESSION_MS);
  }
}

export function ownerView(owner: Owner): OwnerView {
  return { email: owner.email, role: owner.role, hasPassword: owner.passwordHash !== null };
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
