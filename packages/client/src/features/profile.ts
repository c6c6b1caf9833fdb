import { expectPermission, joinedConnection, type SessionContext } from '../session-context.ts';
import { HAND_RAISED } from '../state.ts';

/** What we tell of ourselves: name, data, hand. */
export class Profile {
  readonly #context: SessionContext;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  async update(change: { readonly name?: string; readonly data?: string }): Promise<void> {
    const connection = joinedConnection(this.#context, 'updateProfile');
    await connection.request('peer-update', { name: change.name, data: change.data });
    this.#context.store.update((state) => ({ ...state, self: { ...state.self, ...change } }));
  }

  /** @param peerId another's; ours if absent */
  async setHand(isRaised: boolean, peerId?: string): Promise<void> {
    if (peerId !== undefined) expectPermission(this.#context, 'changeRole');
    const [join, leave] =
      peerId === undefined ? (['group-join', 'group-leave'] as const) : (['group-add', 'group-remove'] as const);
    const whose = peerId === undefined ? {} : { peer_id: peerId };
    await joinedConnection(this.#context, 'setHand').request(isRaised ? join : leave, { name: HAND_RAISED, ...whose });
  }
}
