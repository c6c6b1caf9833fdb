import { INVITATION_DECLINED, type Notification, ROLE_REQUEST_MS } from '@amphi/protocol';
import type { LocalMedia } from '../devices/local-media.ts';
import { ClientError } from '../errors.ts';
import { expectPermission, joinedConnection, type SessionContext } from '../session-context.ts';
import type { Invitation, SessionState } from '../state.ts';
import type { Messaging } from './messaging.ts';

export interface RolesOptions {
  readonly local: LocalMedia;
  readonly messaging: Messaging;
  /** Lets media follow another role. */
  readonly align: () => void;
}

/** Role changes: asked of others, offered to us, and what our own brings. */
export class Roles {
  readonly #context: SessionContext;
  readonly #options: RolesOptions;

  constructor(context: SessionContext, options: RolesOptions) {
    this.#context = context;
    this.#options = options;
  }

  async change(peerId: string, role: string, force: boolean): Promise<void> {
    if (peerId !== this.#context.store.get().self.peerId) expectPermission(this.#context, 'changeRole');
    const connection = joinedConnection(this.#context, 'changeRole');
    await connection.request('role-change-request', { requested_for: peerId, role, force });
  }

  async changeAll(roles: readonly string[], role: string, force: boolean): Promise<void> {
    expectPermission(this.#context, 'changeRole');
    const connection = joinedConnection(this.#context, 'changeRoles');
    await connection.request('role-change-request', { roles: [...roles], role, force });
  }

  async accept(): Promise<void> {
    const { roleName: role, requestedBy, token } = this.#takeInvitation();
    const connection = joinedConnection(this.#context, 'acceptInvitation');
    await connection.request('role-change', { requested_by: requestedBy, role, token });
  }

  async decline(): Promise<void> {
    const { roleName, requestedBy, token } = this.#dropInvitation();
    const { self, peers } = this.#context.store.get();
    if (requestedBy === undefined || !peers[requestedBy]) return;
    const payload = JSON.stringify({ role: roleName, token, peerName: self.name });
    await this.#options.messaging.sendEvent(INVITATION_DECLINED, payload, { to: 'peer', peerId: requestedBy });
  }

  /** An invitation that nobody answers goes when the server takes no answer to it any more. */
  handle(notification: Notification): void {
    if (notification.method !== 'on-role-change-request') return;
    const { token } = notification.params;
    const { scope, store } = this.#context;
    scope.after(ROLE_REQUEST_MS, () => {
      if (store.get().invitation?.token === token) this.#dropInvitation();
    });
  }

  /** Another role of ours: media follow it. The first one is what `join` starts from. */
  handlePolicy(before: SessionState): void {
    const { store, events } = this.#context;
    const { role } = store.get().self;
    if (!role || before.self.role === undefined) return;
    if (before.self.role.name !== role.name) {
      store.update((state) => ({ ...state, invitation: undefined }));
      events.emit('roleChanged', { from: before.self.role.name, to: role.name });
    }
    this.#options.local.releaseForbidden(role);
    if (store.get().connection.status === 'joined') this.#options.align();
  }

  /** It is not taken: devices that were switched on for it go. */
  #dropInvitation(): Invitation {
    const invitation = this.#takeInvitation();
    const { role } = this.#context.store.get().self;
    if (role) this.#options.local.releaseForbidden(role);
    return invitation;
  }

  /** Answers are given once: the invitation is gone from the state. */
  #takeInvitation(): Invitation {
    const { store } = this.#context;
    const { invitation } = store.get();
    if (!invitation) throw new ClientError('wrong_state', 'there is no invitation to answer');
    store.update((state) => ({ ...state, invitation: undefined }));
    return invitation;
  }
}
