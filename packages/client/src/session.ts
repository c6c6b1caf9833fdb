import {
  type Clock,
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  millis,
  Scope,
  silentLogger,
  systemClock,
  type Unsubscribe,
} from '@amphi/base';
import type { Notification } from '@amphi/protocol';
import { readNotification } from '@amphi/signaling';
import { decodeAuthToken } from './auth-token.ts';
import { browserEnvironment } from './browser/browser-environment.ts';
import { Chat } from './chat.ts';
import { Connection } from './connection.ts';
import { LocalMedia } from './devices/local-media.ts';
import { fetchTokenByRoomCode } from './endpoints.ts';
import type { Environment } from './environment.ts';
import { ClientError, toClientError } from './errors.ts';
import { liveStreamOver } from './live-stream.ts';
import { MediaPlane } from './media-plane.ts';
import { RoomCalls } from './room-calls.ts';
import { CHAT_TYPE, stateAfterNotification } from './room-state.ts';
import {
  type ChatMessage,
  initialState,
  type LeaveReason,
  type Recipients,
  type RemotePeer,
  type SessionState,
} from './state.ts';
import { StateStore } from './state-store.ts';
import { type SessionStats, summarizeStats } from './stats.ts';
import { type TrackSlot, wireOf } from './tracks/encodings.ts';
import { RemoteMedia } from './tracks/remote-media.ts';

/** The server sends the role by itself right after the socket opens (client protocol, 4.1). */
const POLICY_TIMEOUT_MS = millis(10_000);
/** Type of the message that tells an inviter of a refusal (prebuilt UI, 24). */
export const INVITATION_DECLINED = 'role_change_declined';

/** The way into a room: a room code of a join link, or an auth token made by a back end. */
export type Access =
  | { readonly roomCode: string; readonly userId?: string | undefined; readonly keeper?: TokenKeeper }
  | { readonly token: string };

/**
 * Where a page keeps the token of a room code while it is in the room. A page that died (a killed tab, a crashed browser)
 * comes back with it, and the server knows by it whose place that is.
 */
export interface TokenKeeper {
  read(roomCode: string): string | undefined;
  /** `undefined`: nothing is to be kept any more. */
  write(roomCode: string, token: string | undefined): void;
}

export interface SessionOptions {
  /** Origin of the Amphi server, such as `https://live.example.org`, without a slash at the end. */
  readonly endpoint: string;
  readonly environment?: Environment;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** One encoding per layer of the role for the camera. Default true. */
  readonly simulcast?: boolean;
}

export interface JoinOptions {
  readonly name: string;
  /** Metadata that others see; usually JSON. */
  readonly data?: string;
  /** Needed when `preview` was not called before. */
  readonly access?: Access;
  /** Devices that are to be on from the start, as far as the role allows. Default: as they are (after a preview), else off. */
  readonly microphone?: boolean;
  readonly camera?: boolean;
}

export interface SessionEvents {
  messageReceived: { readonly message: ChatMessage };
  /** An app's own broadcast: any type but `chat`. */
  customEvent: { readonly type: string; readonly payload: string; readonly peerId: string | undefined };
  peerJoined: { readonly peer: RemotePeer };
  peerLeft: { readonly peer: RemotePeer };
  /** Someone asks us to switch a device on: `setMicrophone(true)` or `setCamera(true)` does it. */
  unmuteRequested: { readonly device: 'microphone' | 'camera'; readonly by: string | undefined };
  roleChanged: { readonly from: string | undefined; readonly to: string };
  /** Something failed and the session goes on. */
  error: { readonly error: ClientError };
  left: { readonly reason: LeaveReason };
}

/**
 * One person's presence in one room, from preview to leaving. What there is to show is in `state`; what happened comes
 * as `events`. Methods that ask the server reject with `ClientError`. After `left` a session is of no further use.
 */
export class Session implements Closable {
  readonly events = new Emitter<SessionEvents>();
  readonly #endpoint: string;
  readonly #environment: Environment;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #simulcast: boolean;
  readonly #scope: Scope;
  readonly #store: StateStore<SessionState>;
  readonly #local: LocalMedia;
  readonly #remote: RemoteMedia;
  readonly #calls: RoomCalls;
  readonly #chat: Chat;
  #forgetToken = (): void => {};
  #connection: Connection | undefined;
  #media: MediaPlane | undefined;
  #joinRequest: { readonly name: string; readonly data: string } | undefined;

  constructor(options: SessionOptions) {
    this.#endpoint = options.endpoint.replace(/\/+$/, '');
    this.#environment = options.environment ?? browserEnvironment();
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#simulcast = options.simulcast ?? true;
    this.#scope = new Scope({ clock: this.#clock });
    this.#store = new StateStore(initialState(this.#environment.randomId()));
    const shared = { store: this.#store, clock: this.#clock, logger: this.#logger };
    this.#local = this.#scope.own(
      new LocalMedia({ ...shared, media: this.#environment.media, page: this.#environment.page }),
    );
    this.#remote = this.#scope.own(new RemoteMedia({ ...shared, environment: this.#environment }));
    this.#calls = new RoomCalls({ store: this.#store, connection: () => this.#connection });
    this.#chat = new Chat({
      store: this.#store,
      clock: this.#clock,
      randomId: this.#environment.randomId,
      send: (message, recipients) => this.#calls.broadcast(CHAT_TYPE, message, recipients),
    });
  }

  get state(): SessionState {
    return this.#store.get();
  }

  /** Settles after the session was left; by itself it never rejects. */
  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /** Calls `listener` after `state` has changed. */
  subscribe(listener: () => void): Unsubscribe {
    return this.#store.subscribe(listener);
  }

  /**
   * Connects without entering the room: role, room and stream state become known, nobody sees us.
   * @throws ClientError; the session is `left` then
   */
  async preview(access: Access): Promise<void> {
    this.#expect('preview', ['idle']);
    await this.#orLeave(this.#connect(access));
    this.#setConnection({ status: 'preview' });
  }

  /**
   * Enters the room, with or without a preview before.
   * @throws ClientError; the session is `left` then
   */
  async join(options: JoinOptions): Promise<void> {
    this.#expect('join', ['idle', 'preview', 'reconnecting']);
    if (this.state.connection.status === 'idle') {
      if (!options.access) throw new ClientError('wrong_state', 'join: needs access when there was no preview');
      await this.#orLeave(this.#connect(options.access));
    }
    const { name, data = '' } = options;
    this.#joinRequest = { name, data };
    this.#update((state) => ({ ...state, connection: { status: 'joining' }, self: { ...state.self, name, data } }));
    this.#local.startWith(options);
    await this.#orLeave(this.#joinUntilAnswered(this.#joinRequest));
    this.#setConnection({ status: 'joined' });
    this.#connection?.confirmRecovered();
    void this.#media?.reconcile();
  }

  /** Leaves; harmless when already left. */
  leave(): void {
    this.#connection?.notify('leave', { client_reason: 'user request' });
    this.#finish({ kind: 'left' });
  }

  close(): void {
    this.leave();
  }

  /**
   * Ends the session for everyone.
   * @param options.lock nobody can join the room any more
   */
  async endRoom(options: { readonly lock?: boolean; readonly reason?: string } = {}): Promise<void> {
    const { lock = false, reason = '' } = options;
    await this.#calls.endRoom(lock, reason);
    this.#connection?.notify('leave', { client_reason: 'user request' });
    this.#finish({ kind: 'ended', by: this.state.self.peerId, message: reason });
  }

  /** Never rejects: what went wrong is in `state.microphone.error`. */
  setMicrophone(isEnabled: boolean): Promise<void> {
    return this.#local.microphone.setEnabled(isEnabled);
  }

  /** Never rejects: what went wrong is in `state.camera.error`. */
  setCamera(isEnabled: boolean): Promise<void> {
    return this.#local.camera.setEnabled(isEnabled);
  }

  selectMicrophone(deviceId: string): Promise<void> {
    return this.#local.microphone.select(deviceId);
  }

  selectCamera(deviceId: string): Promise<void> {
    return this.#local.camera.select(deviceId);
  }

  /** The role and the browser allow it. */
  get canShareScreen(): boolean {
    return this.#local.canShareScreen;
  }

  /** @throws ClientError `not_allowed`; `capture_cancelled` when the person closed the browser's picker */
  startScreenShare(): Promise<void> {
    return this.#local.startScreen();
  }

  stopScreenShare(): void {
    this.#local.screen.stop();
  }

  /** To be called from a click or key handler while `isAudioBlocked`. */
  unblockAudio(): Promise<void> {
    return this.#environment.audioOutput.unblock();
  }

  /**
   * Shows a remote track in a video element, now and whenever its media arrive or come back, and asks the server for the
   * layer that fits the element's visible size.
   * @returns takes it off again
   */
  attachVideo(trackId: string, element: HTMLVideoElement): Unsubscribe {
    return this.#remote.attachVideo(trackId, element);
  }

  /** Rejects when the message could not be sent; it stays in `state.messages` as `failed`. */
  sendMessage(text: string, recipients: Recipients = { to: 'everyone' }): Promise<void> {
    this.#calls.joined('sendMessage');
    return this.#chat.send(text, recipients);
  }

  /** Sends a message again that has `failed`. */
  retryMessage(id: string): Promise<void> {
    return this.#chat.retry(id);
  }

  /** An app's own broadcast; others get it as `customEvent`, we do not. */
  async sendEvent(type: string, payload: string, recipients: Recipients = { to: 'everyone' }): Promise<void> {
    await this.#calls.broadcast(type, payload, recipients);
  }

  updateProfile(change: { readonly name?: string; readonly data?: string }): Promise<void> {
    return this.#calls.updateProfile(change);
  }

  /**
   * Asks a peer to take another role, or with `force` gives it. The peer may be ourselves.
   * @throws ClientError `not_allowed` without the permission
   */
  changeRole(peerId: string, roleName: string, options: { readonly force?: boolean } = {}): Promise<void> {
    return this.#calls.changeRole(peerId, roleName, options.force ?? false);
  }

  /** Raises our hand, or takes it down: `state.self.groups` and everyone who knows us have it. */
  setHand(isRaised: boolean): Promise<void> {
    return this.#calls.setHand(isRaised);
  }

  /** @throws ClientError `not_allowed` without `changeRole` */
  lowerHandOf(peerId: string): Promise<void> {
    return this.#calls.setHand(false, peerId);
  }

  /**
   * Keeps a value for everyone in the room until the session ends: JSON of at most 1 KiB, under one of at most 100 keys.
   * Undefined takes it away.
   * @param options.ifVersion only if nobody has changed it since this version; 0 = only if there is none
   * @returns its version
   */
  setValue(key: string, value: unknown, options: { readonly ifVersion?: number } = {}): Promise<number> {
    return this.#calls.setValue(key, value, options.ifVersion);
  }

  /** From now on these keys, and no others, are kept up to date in `state.values`, through reconnects as well. */
  watchValues(keys: readonly string[]): Promise<void> {
    return this.#calls.watchValues(keys);
  }

  /**
   * Mutes another's track at once, or asks its owner to unmute it.
   * @throws ClientError `not_allowed` without `mute` or `unmute`
   */
  muteTrack(trackId: string, isMuted: boolean): Promise<void> {
    return this.#calls.muteTrack(trackId, isMuted);
  }

  /** The same for all tracks of the others, of a kind or of the holders of roles. */
  muteOthers(
    isMuted: boolean,
    which: { readonly kind?: 'audio' | 'video'; readonly roles?: readonly string[] } = {},
  ): Promise<void> {
    return this.#calls.muteOthers(isMuted, which);
  }

  /**
   * Takes another person out of the room; they are told why.
   * @throws ClientError `not_allowed` without the permission
   */
  removePeer(peerId: string, reason = ''): Promise<void> {
    return this.#calls.removePeer(peerId, reason);
  }

  /** Takes the role that `state.invitation` offers. Devices switched on before or meanwhile are published. */
  acceptInvitation(): Promise<void> {
    return this.#calls.acceptInvitation();
  }

  /** Stays in the role, releases devices that were switched on for the invitation, and tells the inviter. */
  async declineInvitation(): Promise<void> {
    const { roleName, requestedBy } = this.#calls.takeInvitation();
    if (this.state.self.role) this.#local.releaseForbidden(this.state.self.role);
    if (requestedBy === undefined || !this.state.peers[requestedBy]) return;
    const payload = JSON.stringify({ role: roleName, peerName: this.state.self.name });
    await this.sendEvent(INVITATION_DECLINED, payload, { to: 'peer', peerId: requestedBy });
  }

  /** `state.liveStream` tells how it goes on; a refusal is there too. */
  startLiveStream(): Promise<void> {
    return this.#calls.startLiveStream();
  }

  stopLiveStream(reason?: string): Promise<void> {
    return this.#calls.stopLiveStream(reason);
  }

  /** Totals over both connections and figures per track, now. */
  async stats(): Promise<SessionStats> {
    return summarizeStats((await this.#media?.stats()) ?? []);
  }

  async #connect(access: Access): Promise<void> {
    this.#setConnection({ status: 'connecting' });
    if ('token' in access) {
      await this.#connectWith(access.token);
      return;
    }
    const { roomCode, userId, keeper } = access;
    this.#forgetToken = () => keeper?.write(roomCode, undefined);
    const kept = keeper?.read(roomCode);
    if (kept !== undefined && (await this.#isTaken(kept))) return;
    const http = { environment: this.#environment, clock: this.#clock };
    const token = await fetchTokenByRoomCode(http, this.#endpoint, { code: roomCode, userId });
    await this.#connectWith(token);
    keeper?.write(roomCode, token);
  }

  /** Connects with a token from an earlier visit. @returns false when the server, or its form, says that it is too old */
  async #isTaken(token: string): Promise<boolean> {
    try {
      await this.#connectWith(token);
      return true;
    } catch (error) {
      if (!(error instanceof ClientError) || this.#scope.isClosed) throw error;
      const isStale = error.code === 'invalid_token' || (error.code === 'refused' && !error.isTransient);
      if (!isStale) throw error;
      this.#connection?.close();
      this.#forgetToken();
      return false;
    }
  }

  async #connectWith(token: string): Promise<void> {
    const { environment, clock, logger } = { environment: this.#environment, clock: this.#clock, logger: this.#logger };
    const claims = decodeAuthToken(token);
    this.#update((state) => ({ ...state, self: { ...state.self, userId: claims.user_id } }));
    this.#assertOpen();
    const { peerId } = this.state.self;
    const connection = new Connection({ endpoint: this.#endpoint, token, peerId, environment, clock, logger });
    this.#connection = this.#scope.own(connection);
    connection.events.on('notification', ({ method, params }) => this.#handleRaw(method, params));
    connection.events.on('lost', () => this.#handleLost());
    connection.events.on('reopened', () => void this.#handleReopened());
    connection.events.on('failed', ({ error }) => this.#fail(toClientError(error, 'reconnect_failed', 'reconnect')));
    await connection.open();
    await this.#policyArrived();
    this.#assertOpen();
  }

  /** Resolves when the role is known. */
  #policyArrived(): Promise<void> {
    if (this.state.self.role) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      const off = this.#store.subscribe(() => {
        if (!this.state.self.role) return;
        off();
        cancel();
        resolve();
      });
      const cancel = this.#scope.after(POLICY_TIMEOUT_MS, () => {
        off();
        reject(new ClientError('malformed_answer', 'the server did not say which role we have'));
      });
      this.#scope.defer(() => reject(new ClientError('closed', 'left while connecting')));
    });
  }

  /** A loss while `join` waits is followed by another `join` (client protocol, 3.6). */
  async #joinUntilAnswered(request: { readonly name: string; readonly data: string }): Promise<void> {
    for (;;) {
      try {
        await this.#sendJoin(request);
        return;
      } catch (error) {
        this.#assertOpen();
        if (!(error instanceof ClientError && error.code === 'connection_lost')) throw error;
        await this.#reopened();
      }
    }
  }

  async #sendJoin({ name, data }: { readonly name: string; readonly data: string }): Promise<void> {
    const connection = this.#connection;
    if (!connection) throw new ClientError('connection_lost', 'join: not connected');
    const params = {
      name,
      data,
      disableVidAutoSub: true,
      server_sub_degrade: true,
      simulcast: this.#simulcast,
      onDemandTracks: false,
    };
    const media = this.#createMedia(connection);
    if (this.state.self.level === 'stream') {
      await connection.request('join', params);
      return;
    }
    await media.start((sdp) => connection.request('join', { ...params, offer: { type: 'offer', sdp } }));
  }

  #reopened(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#connection?.isOpen) {
        resolve();
        return;
      }
      this.#connection?.events.once('reopened', () => resolve());
      this.#scope.defer(() => reject(new ClientError('closed', 'left while joining')));
    });
  }

  #createMedia(connection: Connection): MediaPlane {
    if (this.#media) return this.#media;
    const media = this.#scope.own(
      new MediaPlane({
        environment: this.#environment,
        clock: this.#clock,
        logger: this.#logger,
        connection,
        microphone: this.#local.microphone,
        camera: this.#local.camera,
        screen: this.#local.screen,
        role: () => this.state.self.role,
        simulcast: this.#simulcast,
      }),
    );
    media.events.on('received', (received) => this.#remote.setReceived(received));
    media.events.on('layersReady', () => {
      this.#remote.connectLayers((id, layer) => media.subscription?.preferLayer(id, layer) ?? Promise.resolve());
    });
    media.events.on('notification', ({ method, params }) => this.#handleRaw(method, params));
    media.events.on('publishFailed', ({ error }) => this.events.emit('error', { error }));
    media.events.on('failed', ({ error }) => this.#fail(error));
    this.#media = media;
    return media;
  }

  #handleRaw(method: string, params: unknown): void {
    const notification = readNotification(method, params, this.#logger);
    if (notification) this.#handleNotification(notification);
  }

  #handleNotification(notification: Notification): void {
    const before = this.state;
    this.#update((state) => stateAfterNotification(state, notification));
    switch (notification.method) {
      case 'on-policy-change':
        this.#handlePolicy(before);
        break;
      case 'offer':
        this.#media?.handleOffer(notification.params.sdp, notification.params.sfu_node_id);
        break;
      case 'trickle':
        this.#media?.handleCandidate(notification.params.target, notification.params.candidate);
        break;
      case 'node-info':
        void this.#media
          ?.handleNodeInfo(notification.params.sfu_node_id)
          .catch((error: unknown) => this.#fail(toClientError(error, 'media_lost', 'move of media')));
        break;
      case 'on-error': {
        const { code, message } = notification.params;
        this.#fail(new ClientError('refused', message, { serverCode: code }));
        break;
      }
      case 'on-peer-leave-request': {
        const { requested_by: by, reason: message, room_end: isEnd } = notification.params;
        this.#finish({ kind: isEnd ? 'ended' : 'removed', by, message });
        break;
      }
      case 'on-track-update-request': {
        const { track_id: trackId, mute, requested_by: by } = notification.params;
        this.#handleMuteRequest(mute, by, (slot) => this.#media?.trackIdOf(slot) === trackId);
        break;
      }
      case 'on-change-track-mute-state-request': {
        const { type, source, value, requested_by: by } = notification.params;
        this.#handleMuteRequest(value, by, (slot) => {
          const wire = wireOf(slot);
          return (type === undefined || wire.type === type) && (source === undefined || wire.source === source);
        });
        break;
      }
      case 'on-broadcast':
        this.#emitBroadcast(notification.params);
        break;
      case 'on-peer-join': {
        const peer = this.state.peers[notification.params.peer_id];
        if (peer && !before.peers[peer.id]) this.events.emit('peerJoined', { peer });
        break;
      }
      case 'on-peer-leave': {
        const peer = before.peers[notification.params.peer_id];
        if (peer) this.events.emit('peerLeft', { peer });
        break;
      }
      default:
        break;
    }
    if (before.tracks !== this.state.tracks) this.#remote.refresh();
  }

  /** A mute is done (a share that nobody is to see ends), an unmute is the person's to decide. */
  #handleMuteRequest(isMuted: boolean, by: string | undefined, isMeant: (slot: TrackSlot) => boolean): void {
    for (const [slot, device] of [
      ['microphone', this.#local.microphone],
      ['camera', this.#local.camera],
    ] as const) {
      if (!isMeant(slot) || this.state[slot].isEnabled === !isMuted) continue;
      if (isMuted) void device.setEnabled(false);
      else this.events.emit('unmuteRequested', { device: slot, by });
    }
    if (isMuted && isMeant('screen')) this.#local.screen.stop();
  }

  /** Another role: media follow it. The first one is what `join` starts from. */
  #handlePolicy(before: SessionState): void {
    const { role } = this.state.self;
    if (!role || !this.#media || before.self.role === undefined) return;
    if (before.self.role.name !== role.name) {
      this.#update((state) => ({ ...state, invitation: undefined }));
      this.events.emit('roleChanged', { from: before.self.role.name, to: role.name });
    }
    if (this.state.self.role) this.#local.releaseForbidden(this.state.self.role);
    if (this.state.connection.status === 'joined') void this.#alignMedia();
  }

  /** Gives media what the role asks for; a role may have come while we were away. */
  async #alignMedia(): Promise<void> {
    const media = this.#media;
    if (!media) return;
    try {
      if (this.state.self.level !== 'stream' && !media.isStarted) await media.start();
      await media.applyRole();
    } catch (error) {
      // A lost socket: recovering aligns them again.
      if (error instanceof ClientError && error.isTransient) return;
      this.#fail(toClientError(error, 'negotiation_failed', 'role change'));
    }
  }

  #handleLost(): void {
    const { status } = this.state.connection;
    if (status === 'connecting' || status === 'joining' || status === 'left') return;
    const wasJoined = status === 'joined';
    this.#setConnection({ status: 'reconnecting', since: this.#clock.now(), wasJoined });
  }

  async #handleReopened(): Promise<void> {
    const { connection: state } = this.state;
    if (state.status !== 'reconnecting') return;
    try {
      if (state.wasJoined) await this.#media?.recover();
    } catch (error) {
      if (this.#scope.isClosed) return;
      this.#logger.info({ error: String(error) }, 'recovering failed, connecting again');
      this.#connection?.reconnect();
      return;
    }
    if (this.state.connection.status !== 'reconnecting' || !this.#connection?.isOpen) return;
    this.#connection.confirmRecovered();
    this.#setConnection({ status: state.wasJoined ? 'joined' : 'preview' });
    if (state.wasJoined) await this.#alignMedia();
  }

  #emitBroadcast(params: Extract<Notification, { method: 'on-broadcast' }>['params']): void {
    if (params.info.type === CHAT_TYPE) {
      const message = this.state.messages.at(-1);
      if (message?.id === params.message_id) this.events.emit('messageReceived', { message });
    } else {
      const { type, message: payload } = params.info;
      this.events.emit('customEvent', { type, payload, peerId: params.peer?.peer_id });
    }
  }

  #fail(error: ClientError): void {
    this.#connection?.notify('leave', { client_reason: 'sdk request' });
    this.#finish({ kind: 'failed', code: error.code, message: error.message, serverCode: error.serverCode });
  }

  #finish(reason: LeaveReason): void {
    if (this.state.connection.status === 'left') return;
    this.#setConnection({ status: 'left', reason });
    // At once: the camera's light is not to stay on while the rest unwinds.
    this.#local.close({ by: 'parent' });
    // Who was cut off may come back as the same person; who is out has no place left.
    if (reason.kind !== 'failed') this.#forgetToken();
    if (reason.kind === 'ended') this.#update((state) => ({ ...state, liveStream: liveStreamOver(state.liveStream) }));
    this.#scope.close(reason.kind === 'failed' ? { by: 'failure', code: reason.code } : { by: 'self' });
    this.events.emit('left', { reason });
  }

  async #orLeave(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      const error = toClientError(thrown, 'negotiation_failed', 'join');
      this.#fail(error);
      throw error;
    }
  }

  #update(change: (state: SessionState) => SessionState): void {
    this.#store.update(change);
  }

  #setConnection(connection: SessionState['connection']): void {
    if (this.state.connection.status === 'left') return;
    this.#update((state) => ({ ...state, connection }));
  }

  #expect(what: string, allowed: readonly SessionState['connection']['status'][]): void {
    const { status } = this.state.connection;
    if (!allowed.includes(status)) {
      throw new ClientError(
        'wrong_state',
        `${what}: possible while ${allowed.join(' or ')}, this session is ${status}`,
      );
    }
  }

  #assertOpen(): void {
    if (this.#scope.isClosed) throw new ClientError('closed', 'the session was left');
  }
}

/** A session that has not connected yet. */
export function createSession(options: SessionOptions): Session {
  return new Session(options);
}
