import type { Permissions } from '@amphi/protocol';
import type { Connection } from './connection.ts';
import { ClientError, toClientError } from './errors.ts';
import { liveStreamRefused, liveStreamStarting, liveStreamStopping } from './live-stream.ts';
import { HAND_RAISED, type Invitation, type Recipients, type SessionState } from './state.ts';
import type { StateStore } from './state-store.ts';

/** What a joined person asks of the server. Each call checks what can be known here before it asks. */
export class RoomCalls {
  readonly #store: StateStore<SessionState>;
  readonly #connection: () => Connection | undefined;

  constructor(options: {
    readonly store: StateStore<SessionState>;
    readonly connection: () => Connection | undefined;
  }) {
    this.#store = options.store;
    this.#connection = options.connection;
  }

  /** @throws ClientError `connection_lost` while reconnecting, `wrong_state` outside of a joined session */
  joined(what: string): Connection {
    const { status } = this.#store.get().connection;
    const connection = this.#connection();
    if (connection && status === 'joined') return connection;
    const code = status === 'reconnecting' ? 'connection_lost' : 'wrong_state';
    throw new ClientError(code, `${what}: possible in a joined session, this one is ${status}`);
  }

  /** Gives the server's receipt. */
  async broadcast(type: string, message: string, recipients: Recipients): Promise<unknown> {
    return this.joined('broadcast').request('broadcast', {
      info: { type, message },
      ...(recipients.to === 'roles' && { roles: [...recipients.roles] }),
      ...(recipients.to === 'peer' && { peer_id: recipients.peerId }),
    });
  }

  async updateProfile(change: { readonly name?: string; readonly data?: string }): Promise<void> {
    await this.joined('updateProfile').request('peer-update', { name: change.name, data: change.data });
    this.#store.update((state) => ({ ...state, self: { ...state.self, ...change } }));
  }

  async changeRole(peerId: string, role: string, force: boolean): Promise<void> {
    if (peerId !== this.#store.get().self.peerId) this.#expectPermission('changeRole');
    await this.joined('changeRole').request('role-change-request', { requested_for: peerId, role, force });
  }

  /** @param peerId another's; ours if absent */
  async setHand(isRaised: boolean, peerId?: string): Promise<void> {
    if (peerId !== undefined) this.#expectPermission('changeRole');
    const [join, leave] =
      peerId === undefined ? (['group-join', 'group-leave'] as const) : (['group-add', 'group-remove'] as const);
    const whose = peerId === undefined ? {} : { peer_id: peerId };
    await this.joined('setHand').request(isRaised ? join : leave, { name: HAND_RAISED, ...whose });
  }

  async setValue(key: string, value: unknown, ifVersion: number | undefined): Promise<number> {
    const answer = await this.joined('setValue').request('set-metadata', {
      key,
      data: value,
      if_change_version: ifVersion,
    });
    const version = (answer as { readonly change_version?: unknown } | undefined)?.change_version;
    return typeof version === 'number' ? version : 0;
  }

  async watchValues(keys: readonly string[]): Promise<void> {
    const kept = Object.entries(this.#store.get().values).filter(([key]) => keys.includes(key));
    this.#store.update((state) => ({ ...state, values: Object.fromEntries(kept) }));
    await this.joined('watchValues').request('listen-metadata-change', { keys: [...keys] });
  }

  async muteTrack(trackId: string, isMuted: boolean): Promise<void> {
    this.#expectPermission(isMuted ? 'mute' : 'unmute');
    const track = this.#store.get().tracks[trackId];
    if (!track) throw new ClientError('wrong_state', `there is no track ${trackId}`);
    await this.joined('muteTrack').request('track-update-request', {
      requested_for: track.peerId,
      track_id: trackId,
      stream_id: track.streamId,
      mute: isMuted,
    });
  }

  async muteOthers(
    isMuted: boolean,
    which: { readonly kind?: 'audio' | 'video'; readonly roles?: readonly string[] },
  ): Promise<void> {
    this.#expectPermission(isMuted ? 'mute' : 'unmute');
    await this.joined('muteOthers').request('change-track-mute-state-request', {
      value: isMuted,
      ...(which.kind && { type: which.kind }),
      ...(which.roles && { roles: [...which.roles] }),
    });
  }

  async removePeer(peerId: string, reason: string): Promise<void> {
    this.#expectPermission('removeOthers');
    await this.joined('removePeer').request('peer-leave-request', { requested_for: peerId, reason });
  }

  async acceptInvitation(): Promise<void> {
    const { roleName: role, requestedBy, token } = this.takeInvitation();
    await this.joined('acceptInvitation').request('role-change', { requested_by: requestedBy, role, token });
  }

  /** Answers are given once: the invitation is gone from the state. */
  takeInvitation(): Invitation {
    const { invitation } = this.#store.get();
    if (!invitation) throw new ClientError('wrong_state', 'there is no invitation to answer');
    this.#store.update((state) => ({ ...state, invitation: undefined }));
    return invitation;
  }

  async startLiveStream(): Promise<void> {
    this.#expectPermission('hlsStreaming');
    const connection = this.joined('startLiveStream');
    this.#store.update((state) => ({ ...state, liveStream: liveStreamStarting(state.liveStream) }));
    await this.#tellRefusal('start', connection.request('hls-start', {}));
  }

  async stopLiveStream(reason: string | undefined): Promise<void> {
    this.#expectPermission('hlsStreaming');
    const connection = this.joined('stopLiveStream');
    this.#store.update((state) => ({ ...state, liveStream: liveStreamStopping(state.liveStream) }));
    await this.#tellRefusal('stop', connection.request('hls-stop', { stop_reason: reason }));
  }

  async endRoom(lock: boolean, reason: string): Promise<void> {
    this.#expectPermission('endRoom');
    await this.joined('endRoom').request('end-room', { lock, reason });
  }

  async #tellRefusal(what: 'start' | 'stop', request: Promise<unknown>): Promise<void> {
    try {
      await request;
    } catch (error) {
      const { message } = toClientError(error, 'refused', what);
      this.#store.update((state) => ({ ...state, liveStream: liveStreamRefused(state.liveStream, what, message) }));
      throw error;
    }
  }

  #expectPermission(permission: keyof Permissions): void {
    const { role } = this.#store.get().self;
    if (!role?.permissions[permission]) {
      throw new ClientError('not_allowed', `the role ${role?.name ?? '(none)'} lacks ${permission}`);
    }
  }
}
