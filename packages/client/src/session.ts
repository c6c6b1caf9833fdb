import {
  type Clock,
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  Scope,
  silentLogger,
  systemClock,
  type Unsubscribe,
} from '@amphi/base';
import type { Composition, CompositionWish, Notification, RecordedStream, UiLayout } from '@amphi/protocol';
import { readNotification } from '@amphi/signaling';
import { browserEnvironment } from './browser/browser-environment.ts';
import type { Connection } from './connection.ts';
import { LocalMedia } from './devices/local-media.ts';
import type { TrackProcessor } from './devices/track-processor.ts';
import type { Feedback } from './endpoints.ts';
import { Entry } from './entry.ts';
import type { Environment } from './environment.ts';
import { ClientError, toClientError } from './errors.ts';
import { Board } from './features/board.ts';
import { ChatHistory } from './features/chat-history.ts';
import { ChatRules } from './features/chat-rules.ts';
import { LiveStreamControl } from './features/live-stream-control.ts';
import { Messaging } from './features/messaging.ts';
import { Moderation, type MuteSelection } from './features/moderation.ts';
import { People } from './features/people.ts';
import { Polls } from './features/polls.ts';
import { Profile } from './features/profile.ts';
import { type RecordingChoice, RecordingControl } from './features/recording-control.ts';
import { Roles } from './features/roles.ts';
import { type ValueKey, Values } from './features/values.ts';
import { liveStreamOver } from './live-stream.ts';
import type { NetworkScore } from './network-score.ts';
import { QualityReports } from './quality-reports.ts';
import { stateAfterNotification } from './room-state.ts';
import type { SessionContext } from './session-context.ts';
import { SessionMedia } from './session-media.ts';
import type { Access, JoinOptions, SessionEvents, SessionOptions } from './session-types.ts';
import { initialState, type LeaveReason, type Recipients, type SessionState } from './state.ts';
import { StateStore } from './state-store.ts';
import type { SessionStats } from './stats.ts';
import type { ScreenId } from './tracks/encodings.ts';
import { RemoteMedia } from './tracks/remote-media.ts';

/**
 * One person's presence in one room, from preview to leaving. What there is to show is in `state`; what happened comes
 * as `events`. Methods that ask the server reject with `ClientError`. After `left` a session is of no further use.
 */
export class Session implements Closable {
  /** What happens and is not state: `events.on(name, listener)` gives what ends it. */
  readonly events = new Emitter<SessionEvents>();
  /** Polls and quizzes. */
  readonly polls: Polls;
  /** The whiteboard. */
  readonly board: Board;
  /** People by request, where not all are listed. */
  readonly people: People;
  /** Pins, hiding, blocking and the pause of the chat. */
  readonly chatRules: ChatRules;
  readonly #store: StateStore<SessionState>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #environment: Environment;
  readonly #scope: Scope;
  readonly #entry: Entry;
  readonly #local: LocalMedia;
  readonly #remote: RemoteMedia;
  readonly #media: SessionMedia;
  readonly #quality: QualityReports;
  readonly #messaging: Messaging;
  readonly #roles: Roles;
  readonly #moderation: Moderation;
  readonly #profile: Profile;
  readonly #values: Values;
  readonly #chatHistory: ChatHistory;
  readonly #liveStream: LiveStreamControl;
  readonly #recording: RecordingControl;
  readonly #listening: readonly { handle(notification: Notification): void }[];
  #connection: Connection | undefined;
  /** There is a connection, maybe not open yet, or never will be. */
  readonly #adopted: Promise<void>;
  #tellAdopted: () => void = () => {};

  constructor(options: SessionOptions) {
    this.#environment = options.environment ?? browserEnvironment();
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#scope = new Scope({ clock: this.#clock });
    this.#adopted = new Promise((resolve) => {
      this.#tellAdopted = resolve;
    });
    this.#scope.defer(() => this.#tellAdopted());
    this.#store = new StateStore(initialState(this.#environment.randomId()), this.#clock);
    const context: SessionContext = {
      store: this.#store,
      events: this.events,
      environment: this.#environment,
      clock: this.#clock,
      logger: this.#logger,
      scope: this.#scope,
      connection: () => this.#connection,
      fail: (error) => this.#fail(error),
    };
    const { media, page, audioOutput } = this.#environment;
    // Others need not wait until the server misses us.
    this.#scope.defer(page.onEnd(() => this.leave()));
    const local = this.#scope.own(new LocalMedia({ ...context, media, page, audioOutput }));
    const remote = this.#scope.own(new RemoteMedia(context));
    this.#local = local;
    this.#remote = remote;
    this.#entry = new Entry(context, options.endpoint.replace(/\/+$/, ''), (connection) => this.#adopt(connection));
    this.#media = new SessionMedia(context, {
      local,
      remote,
      simulcast: options.simulcast ?? true,
      onNotification: (method, params) => this.#handleRaw(method, params),
    });
    this.#quality = new QualityReports(context, () => this.#media.readQuality());
    this.#messaging = new Messaging(context);
    this.#roles = new Roles(context, { local, messaging: this.#messaging, align: () => void this.#media.align() });
    this.#moderation = new Moderation(context, { local, trackIdOf: (slot) => this.#media.trackIdOf(slot) });
    this.#profile = new Profile(context);
    this.#values = new Values(context);
    this.#chatHistory = new ChatHistory(context);
    this.#liveStream = new LiveStreamControl(context);
    this.#recording = new RecordingControl(context);
    this.polls = new Polls(context);
    this.board = new Board(context);
    this.people = new People(context);
    this.chatRules = new ChatRules(context, this.#values);
    this.#listening = [
      this.#liveStream,
      this.#media,
      this.#roles,
      this.#moderation,
      this.#messaging,
      this.#chatHistory,
      this.polls,
      this.board,
    ];
  }

  /** All there is to show, as it is now. */
  get state(): SessionState {
    return this.#store.get();
  }

  /** Settles after the session was left; by itself it never rejects. */
  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /** Calls `listener` after `state` has changed; of messages alone at most ten times a second, however many come. */
  subscribe(listener: () => void): Unsubscribe {
    return this.#store.subscribe(listener);
  }

  /**
   * Gives `listener` a part of the state: as it is now, at once, and each time it has become another value.
   * @param select gives the same value while nothing has changed, as parts of the state and what `derived` makes do
   */
  watch<T>(select: (state: SessionState) => T, listener: (part: T) => void): Unsubscribe {
    return this.#store.watch(select, listener);
  }

  /**
   * Waits until `select` gives something that is not undefined, null or false, which may be at once.
   * @returns what it gave
   * @throws ClientError `wrong_state` when the session is over before (rejects)
   */
  when<T>(select: (state: SessionState) => T | undefined | null | false): Promise<T> {
    return new Promise((resolve, reject) => {
      let unsubscribe: Unsubscribe | undefined;
      const look = (): boolean => {
        const { state } = this;
        const found = select(state);
        if (found !== undefined && found !== null && found !== false) resolve(found);
        else if (state.connection.status !== 'left') return false;
        else reject(new ClientError('wrong_state', 'when: the session is over, and it has not come to that'));
        unsubscribe?.();
        return true;
      };
      if (!look()) unsubscribe = this.subscribe(look);
    });
  }

  /**
   * Connects without entering the room: role, room and stream state become known, nobody sees us.
   * @throws ClientError; the session is `left` then
   */
  async preview(access: Access): Promise<void> {
    this.#expect('preview', ['idle']);
    await this.#orLeave(this.#connect(access).then(() => this.#entry.roomShown()));
    this.#setConnection({ status: 'preview' });
  }

  /**
   * Enters the room, with or without a preview before. Resolves when the state has who is there and what they show.
   * @throws ClientError; the session is `left` then
   */
  async join(options: JoinOptions): Promise<void> {
    this.#expect('join', ['idle', 'preview', 'reconnecting']);
    if (this.state.connection.status === 'idle') {
      if (!options.access) throw new ClientError('wrong_state', 'join: needs access when there was no preview');
      await this.#orLeave(this.#connect(options.access));
    }
    const { name, data = '' } = options;
    this.#update((state) => ({ ...state, connection: { status: 'joining' }, self: { ...state.self, name, data } }));
    this.#local.startWith(options);
    const answeredOn = await this.#orLeave(this.#media.joinUntilAnswered({ name, data }));
    const connection = this.#connection;
    if (connection?.socketNumber !== answeredOn || !connection.isOpen) {
      // Lost since: we are in, and come back like everyone who was.
      this.#setConnection({ status: 'reconnecting', since: this.#clock.now(), wasJoined: true });
      if (connection?.isOpen) await this.#handleReopened();
      return;
    }
    this.#setConnection({ status: 'joined' });
    connection.confirmRecovered();
    this.#values.sync();
    this.#chatHistory.sync();
    this.board.sync();
    // Another role may have come since we asked.
    void this.#media.align();
  }

  /**
   * How the owner of the room wants a ready-made room app to look and what it is to show: to our first role, then to all others.
   * From the first `preview` or `join` on: it is asked as soon as there is a token, beside the connecting.
   * @throws ClientError `wrong_state` before; `closed` when left before there was a token; `refused`, `endpoint_unreachable`,
   *   `malformed_answer`
   */
  async readLayouts(): Promise<readonly UiLayout[]> {
    if (this.state.connection.status === 'idle')
      throw new ClientError('wrong_state', 'readLayouts: not connecting yet');
    await this.#adopted;
    const first = this.#connection;
    if (!first) throw new ClientError('closed', 'readLayouts: left while connecting');
    try {
      return await first.readLayouts();
    } catch (error) {
      // The token of an earlier visit may be too old: then another follows.
      await this.#connectingIsOver();
      const now = this.#connection;
      if (now === undefined || now === first) throw error;
      return now.readLayouts();
    }
  }

  /**
   * Measures the connection before it has to carry anything, by a download of some hundred kilobytes that the server offers to
   * those who publish. From the preview on; in the room, `quality` of the state is nearer to the truth.
   * @returns undefined where it is not offered
   * @throws ClientError `wrong_state` without a connection; `refused`, `endpoint_unreachable`
   */
  async measureNetwork(): Promise<NetworkScore | undefined> {
    if (!this.#connection) throw new ClientError('wrong_state', 'measureNetwork: there is no connection yet');
    return this.#connection.measureNetwork();
  }

  /**
   * What our role may see of the room's last stream once it is over, where the stream's destination offers it
   * (`recording.viewerRoles`): in the room or after leaving it. While it is `processing`, ask again later.
   * @throws ClientError `wrong_state` before there was a connection; `refused`, `endpoint_unreachable`, `malformed_answer`
   */
  async readRecordedStream(): Promise<RecordedStream> {
    if (!this.#connection) throw new ClientError('wrong_state', 'readRecordedStream: there was no connection');
    return this.#connection.readRecordedStream();
  }

  /**
   * Says how the session was, in it or after leaving it. The first answer of this visit counts.
   * @throws ClientError `wrong_state` when we were never in; `refused`, `endpoint_unreachable`
   */
  async sendFeedback(feedback: Feedback): Promise<void> {
    const { sessionId } = this.state.room;
    if (!this.#connection || sessionId === '') {
      throw new ClientError('wrong_state', 'sendFeedback: there was no session to speak of');
    }
    await this.#connection.sendFeedback(sessionId, feedback);
  }

  /** Leaves; harmless when already left. */
  leave(): void {
    this.#quality.send();
    this.#connection?.notify('leave', { client_reason: 'user request' });
    this.#finish({ kind: 'left' });
  }

  /** The same as `leave`. */
  close(): void {
    this.leave();
  }

  /**
   * Ends the session for everyone.
   * @param options.lock nobody can join the room any more
   */
  async endRoom(options: { readonly lock?: boolean; readonly reason?: string } = {}): Promise<void> {
    const { lock = false, reason = '' } = options;
    await this.#moderation.endRoom(lock, reason);
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

  /** Another device: captured at once when one is captured now. */
  selectMicrophone(deviceId: string): Promise<void> {
    return this.#local.microphone.select(deviceId);
  }

  /** Another device: captured at once when one is captured now. */
  selectCamera(deviceId: string): Promise<void> {
    return this.#local.camera.select(deviceId);
  }

  /**
   * Has the camera's track go through something that makes another of it, as for another background; undefined ends it.
   * It stays for every later capture. Never rejects: what went wrong is in `state.camera.error`, the camera is off then.
   */
  setCameraProcessor(processor: TrackProcessor | undefined): Promise<void> {
    return this.#local.camera.setProcessor(processor);
  }

  /** The same for the microphone, as against noise. */
  setMicrophoneProcessor(processor: TrackProcessor | undefined): Promise<void> {
    return this.#local.microphone.setProcessor(processor);
  }

  /** False where the browser leaves the speaker to the system (phones, Safari). */
  get canSelectSpeaker(): boolean {
    return this.#local.speaker.canSelect;
  }

  /**
   * Hears others through this device; undefined: the system's own choice, which also follows when the device is gone.
   * @throws ClientError `device_missing`, `device_denied`, `device_failed`
   */
  selectSpeaker(deviceId: string | undefined): Promise<void> {
    return this.#local.speaker.select(deviceId);
  }

  /** Plays a short sound where others are heard. To be called from a click or key handler. */
  testSpeaker(): Promise<void> {
    return this.#local.speaker.test();
  }

  /** The role and the browser allow it. */
  get canShareScreen(): boolean {
    return this.#local.canShareScreen;
  }

  /** Shares a screen, unless one is shared. @throws ClientError `not_allowed`; `capture_cancelled` when the person closed the browser's picker */
  startScreenShare(): Promise<void> {
    return this.#local.startScreen();
  }

  /**
   * Shares one more screen, window or tab beside what is shared; up to three at a time.
   * @returns its id in `state.screens`
   * @throws ClientError as `startScreenShare`; `wrong_state` when there are as many as can be
   */
  addScreenShare(): Promise<ScreenId> {
    return this.#local.addScreen();
  }

  /**
   * Harmless when nothing is shared.
   * @param id one of `state.screens`; without it all of them end
   */
  stopScreenShare(id?: ScreenId): void {
    this.#local.screens.stop(id);
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

  /**
   * How loud we hear a person, for as long as this session lasts; others hear them as before.
   * @param volume 0 (silent) to 1; what is outside is taken as the nearer end
   */
  setPeerVolume(peerId: string, volume: number): void {
    const bounded = Math.min(1, Math.max(0, volume));
    this.#update((state) => ({ ...state, volumes: { ...state.volumes, [peerId]: bounded } }));
    this.#remote.refresh();
  }

  /**
   * Rejects when the message could not be sent; it stays in `state.messages` as `failed`.
   * @param options.mentions peer ids, 20 at most, of those whom the text names: their pages can mark it
   */
  sendMessage(
    text: string,
    recipients: Recipients = { to: 'everyone' },
    options: { readonly mentions?: readonly string[] } = {},
  ): Promise<void> {
    return this.#messaging.sendMessage(text, recipients, options.mentions ?? []);
  }

  /** Sends a message again that has `failed`. */
  retryMessage(id: string): Promise<void> {
    return this.#messaging.retryMessage(id);
  }

  /**
   * More of what was said before, in rooms that keep it: into `state.messages`, while `state.chatHistory.hasEarlier`. The
   * newest of it comes by itself.
   */
  loadEarlierMessages(): Promise<void> {
    return this.#chatHistory.loadEarlier();
  }

  /** An app's own broadcast; others get it as `customEvent`, we do not. */
  sendEvent(type: string, payload: string, recipients: Recipients = { to: 'everyone' }): Promise<void> {
    return this.#messaging.sendEvent(type, payload, recipients);
  }

  /** Our name and metadata, for everyone; what is left out stays. */
  updateProfile(change: { readonly name?: string; readonly data?: string }): Promise<void> {
    return this.#profile.update(change);
  }

  /**
   * Asks a peer to take another role, or with `force` gives it. The peer may be ourselves.
   * @throws ClientError `not_allowed` without the permission
   */
  changeRole(peerId: string, roleName: string, options: { readonly force?: boolean } = {}): Promise<void> {
    return this.#roles.change(peerId, roleName, options.force ?? false);
  }

  /**
   * The same for everyone who has one of the roles, ourselves among them: all or none of them.
   * @throws ClientError `not_allowed` without the permission
   */
  changeRoles(from: readonly string[], roleName: string, options: { readonly force?: boolean } = {}): Promise<void> {
    return this.#roles.changeAll(from, roleName, options.force ?? false);
  }

  /** Raises our hand, or takes it down: `state.self.groups` and everyone who knows us have it. */
  setHand(isRaised: boolean): Promise<void> {
    return this.#profile.setHand(isRaised);
  }

  /** @throws ClientError `not_allowed` without `changeRole` */
  lowerHandOf(peerId: string): Promise<void> {
    return this.#profile.setHand(false, peerId);
  }

  /**
   * Keeps a value for everyone in the room until the session ends: JSON of at most 1 KiB, under one of at most 100 keys.
   * Undefined takes it away.
   * @param options.ifVersion only if nobody has changed it since this version; 0 = only if there is none
   * @returns its version
   */
  setValue<T>(key: string | ValueKey<T>, value: T, options: { readonly ifVersion?: number } = {}): Promise<number> {
    return this.#values.set(typeof key === 'string' ? key : key.key, value, options.ifVersion);
  }

  /**
   * Sets what `change` makes of the present value (undefined: takes it away); again when somebody else was faster.
   * @returns its version
   */
  changeValue<T>(key: ValueKey<T>, change: (before: T | undefined) => T | undefined): Promise<number> {
    return this.#values.change(key, change);
  }

  /**
   * Keeps these keys up to date in `state.values`, through reconnects as well, together with those that others here watch.
   * @returns ends it
   */
  watchValues(...keys: readonly (string | ValueKey<unknown>)[]): Unsubscribe {
    return this.#values.watch(keys.map((key) => (typeof key === 'string' ? key : key.key)));
  }

  /**
   * Mutes another's track at once, or asks its owner to unmute it.
   * @throws ClientError `not_allowed` without `mute` or `unmute`
   */
  muteTrack(trackId: string, isMuted: boolean): Promise<void> {
    return this.#moderation.muteTrack(trackId, isMuted);
  }

  /** The same for all tracks of the others, or those of a kind, a source, or the holders of roles. */
  muteOthers(isMuted: boolean, which: MuteSelection = {}): Promise<void> {
    return this.#moderation.muteOthers(isMuted, which);
  }

  /**
   * Takes another person out of the room; they are told why.
   * @throws ClientError `not_allowed` without the permission
   */
  removePeer(peerId: string, reason = ''): Promise<void> {
    return this.#moderation.removePeer(peerId, reason);
  }

  /** Takes the role that `state.invitation` offers. Devices switched on before or meanwhile are published. */
  acceptInvitation(): Promise<void> {
    return this.#roles.accept();
  }

  /** Stays in the role, releases devices that were switched on for the invitation, and tells the inviter. */
  declineInvitation(): Promise<void> {
    return this.#roles.decline();
  }

  /**
   * `state.liveStream` tells how it goes on; a refusal is there too.
   * What is kept of the stream is what its destination says if neither is given.
   * @param options.isRecorded whether it is kept as MP4 files
   * @param options.hasVod whether it is kept as an HLS playlist of the whole
   */
  startLiveStream(options: { readonly isRecorded?: boolean; readonly hasVod?: boolean } = {}): Promise<void> {
    return this.#liveStream.start(options);
  }

  /**
   * Records the composed stage, with or without a live stream; `state.recording` tells how it goes on, to everyone.
   * @throws ClientError `not_allowed` without `browserRecording`; `refused` while it is recorded already
   */
  startRecording(): Promise<void> {
    return this.#recording.start({ record: true, isSent: false, rtmpUrls: [] });
  }

  /** What is sent to other platforms ends with it. */
  stopRecording(): Promise<void> {
    return this.#recording.stop('recording');
  }

  /**
   * Leaves out of a recording what happens from now on; what was written before stays, and its times go on. `isPaused` of
   * `state.recording`, or of `state.streamRecording`, says when it is so, to everyone: at once, but for a moment.
   * @param which of the stage, or what is kept of the live stream, which itself goes on
   * @throws ClientError `not_allowed` without `browserRecording`, for the stream `hlsStreaming`; `refused` while nothing is recorded or it is paused already
   */
  pauseRecording(which: RecordingChoice = 'stage'): Promise<void> {
    return this.#recording.setPaused(true, which);
  }

  /**
   * Goes on with a recording that was paused, in the same file. Until `isPaused` says so, which takes two seconds at most,
   * what happens is not in it.
   * @throws ClientError as `pauseRecording`; `refused` while it is not paused
   */
  resumeRecording(which: RecordingChoice = 'stage'): Promise<void> {
    return this.#recording.setPaused(false, which);
  }

  /**
   * Sends the composed stage to other platforms by RTMP; `state.rtmp` tells how it goes on with each, to everyone, without
   * the keys.
   * @param rtmpUrls three at most: server, application and stream key; none: those of the template's RTMP destination
   * @param options.record records it, too: one cannot be started after the other. By default as that destination says
   * @throws ClientError `not_allowed` without `rtmpStreaming`, and `browserRecording` to record; `refused`
   */
  startRtmp(rtmpUrls: readonly string[] = [], options: { readonly record?: boolean } = {}): Promise<void> {
    return this.#recording.start({ record: options.record, isSent: true, rtmpUrls });
  }

  /** A recording that was started with it ends, too. */
  stopRtmp(): Promise<void> {
    return this.#recording.stop('rtmp');
  }

  /** Ends the stream for everyone; its viewers see what they have. */
  stopLiveStream(reason?: string): Promise<void> {
    return this.#liveStream.stop(reason);
  }

  /**
   * Sends the viewers of the stream a message that their players tell (`timedMetadata`) when they come to the picture of now.
   * @param payload 1–100 characters
   * @param options.durationS how long it holds; default 1
   * @throws ClientError `refused` with 403 when the stream's destination takes none, 404 when it does not run
   */
  sendTimedMetadata(payload: string, options: { readonly durationS?: number } = {}): Promise<void> {
    return this.#liveStream.sendTimedMetadata(payload, options.durationS ?? 1);
  }

  /**
   * Draws the running stream otherwise, from its next picture on; without one, those that are started later in this session.
   * Another `videoAspectRatio` comes with one of the next segments, and players go on by themselves. What is missing stays, so
   * that `{}` asks how it is drawn; `state.composition` has it from then on. Images are for REST: a message is too small.
   * @throws ClientError `not_allowed` without `hlsStreaming`; `refused` with 400 for a `videoAspectRatio` that the running stream
   *   cannot have: that of its second picture, or another while it shows a web page; 403 where there is no stream to be had
   */
  composeLiveStream(change: CompositionWish): Promise<Composition> {
    return this.#liveStream.compose(change);
  }

  /** Totals over both connections and figures per track, now. */
  stats(): Promise<SessionStats> {
    return this.#media.stats();
  }

  async #connect(access: Access): Promise<void> {
    this.#setConnection({ status: 'connecting' });
    await this.#entry.connect(access);
  }

  #connectingIsOver(): Promise<void> {
    const isOver = (): boolean => this.state.connection.status !== 'connecting';
    if (isOver()) return Promise.resolve();
    return new Promise((resolve) => {
      const off = this.#store.subscribe(() => {
        if (!isOver()) return;
        off();
        resolve();
      });
    });
  }

  /** Owns each connection from before it is opened. */
  #adopt(connection: Connection): void {
    this.#connection = this.#scope.own(connection);
    this.#tellAdopted();
    connection.events.on('notification', ({ method, params }) => this.#handleRaw(method, params));
    connection.events.on('lost', () => this.#handleLost());
    connection.events.on('reopened', () => void this.#handleReopened());
    connection.events.on('failed', ({ error }) => this.#fail(toClientError(error, 'reconnect_failed', 'reconnect')));
  }

  #handleRaw(method: string, params: unknown): void {
    const notification = readNotification(method, params, this.#logger);
    if (notification) this.#handleNotification(notification);
  }

  /** State first, then what each part makes of it. */
  #handleNotification(notification: Notification): void {
    const before = this.state;
    const change = (state: SessionState): SessionState => stateAfterNotification(state, notification);
    // A busy chat has dozens of lines a second, and a phone cannot draw as often.
    if (notification.method === 'on-broadcast') this.#store.updateSoon(change);
    else this.#update(change);
    for (const part of this.#listening) part.handle(notification);
    switch (notification.method) {
      case 'on-policy-change':
        this.#roles.handlePolicy(before);
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

  #handleLost(): void {
    const { status } = this.state.connection;
    // Elsewhere somebody sees to it already: who connects or joins tries again, and so does who had not recovered yet.
    if (status !== 'joined' && status !== 'preview') return;
    this.#setConnection({ status: 'reconnecting', since: this.#clock.now(), wasJoined: status === 'joined' });
  }

  async #handleReopened(): Promise<void> {
    const { connection: state } = this.state;
    if (state.status !== 'reconnecting') return;
    try {
      if (state.wasJoined) await this.#media.recover();
    } catch (error) {
      if (this.#scope.isClosed) return;
      this.#logger.info({ error: String(error) }, 'recovering failed, connecting again');
      this.#connection?.reconnect();
      return;
    }
    if (this.state.connection.status !== 'reconnecting' || !this.#connection?.isOpen) return;
    this.#connection.confirmRecovered();
    this.#setConnection({ status: state.wasJoined ? 'joined' : 'preview' });
    if (!state.wasJoined) return;
    this.#values.resync();
    this.polls.resync();
    this.board.sync();
    // What cannot be had now, may be had at the next loss; nobody waits for it.
    this.#chatHistory.resync().catch(() => {});
    await this.#media.align();
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
    if (reason.kind !== 'failed') this.#entry.forgetToken();
    if (reason.kind === 'ended') this.#update((state) => ({ ...state, liveStream: liveStreamOver(state.liveStream) }));
    this.#scope.close(reason.kind === 'failed' ? { by: 'failure', code: reason.code } : { by: 'self' });
    this.events.emit('left', { reason });
  }

  async #orLeave<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
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
}

/** A session that has not connected yet. */
export function createSession(options: SessionOptions): Session {
  return new Session(options);
}
