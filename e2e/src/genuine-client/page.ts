import {
  type HMSChangeTrackStateRequest,
  HMSNotificationTypes,
  type HMSPollCreateParams,
  type HMSPollQuestionType,
  HMSReactiveStore,
  type HMSStore,
  selectHasPeerHandRaised,
  selectHLSState,
  selectHMSMessages,
  selectIsConnectedToRoom,
  selectIsLargeRoom,
  selectLocalPeer,
  selectPeerCount,
  selectPeers,
  selectPolls,
  selectRecordingState,
  selectRoleChangeRequest,
  selectRoomState,
  selectRTMPState,
  selectScreenShareByPeerID,
  selectSessionStore,
  selectTracksMap,
} from '@100mslive/hms-video-store';
import { createPlayer } from '@amphi/player';

/** The public client, unmodified, behind a handful of calls for the test. Bundled and opened as a page of another origin. */

const reactive = new HMSReactiveStore();
reactive.triggerOnSubscribe();
const actions = reactive.getActions();
const store = reactive.getStore();
const events: { type: string; code?: number | undefined; message?: string | undefined }[] = [];
/** What others have asked one's own tracks to be, oldest first. */
const wishes: { trackId: string; enabled: boolean }[] = [];
reactive.getNotifications().onNotification((event) => {
  const data = event.data as { code?: number; message?: string; reason?: string } | undefined;
  events.push({ type: event.type, code: data?.code, message: data?.message ?? data?.reason });
  if (event.type !== HMSNotificationTypes.CHANGE_TRACK_STATE_REQUEST) return;
  const { track, enabled } = event.data as HMSChangeTrackStateRequest;
  wishes.push({ trackId: track.id, enabled });
});

interface Entry {
  readonly userName: string;
  readonly roomCode: string;
  readonly tokenEndpoint: string;
  readonly initEndpoint: string;
}

async function configOf({ userName, roomCode, tokenEndpoint, initEndpoint }: Entry) {
  const code = { roomCode, userId: `user-${userName}` };
  const authToken = await actions.getAuthTokenByRoomCode(code, { endpoint: tokenEndpoint });
  return { userName, authToken, initEndpoint };
}

/** What our player told, with the barcode of the picture it showed then. */
const told: { payload: string; durationMs: number; startDate: number; code: number }[] = [];

/** What ends showing those who are followed. */
const followed: (() => void)[] = [];

function videoElement(id: string): HTMLVideoElement {
  const video = document.createElement('video');
  video.id = id;
  video.width = 640;
  video.height = 360;
  video.muted = true;
  video.autoplay = true;
  document.body.append(video);
  return video;
}

const api = {
  events,
  told,
  join: async (entry: Entry): Promise<void> => actions.join(await configOf(entry)),
  preview: async (entry: Entry): Promise<void> => actions.preview(await configOf(entry)),
  state() {
    const tracks = store.getState(selectTracksMap);
    return {
      connected: store.getState(selectIsConnectedToRoom) ?? false,
      roomState: store.getState(selectRoomState),
      peerCount: store.getState(selectPeerCount),
      isLarge: store.getState(selectIsLargeRoom),
      events: [...events],
      role: store.getState(selectLocalPeer)?.roleName,
      offeredRole: store.getState(selectRoleChangeRequest)?.role.name,
      peers: store.getState(selectPeers).map((peer) => ({
        id: peer.id,
        name: peer.name,
        role: peer.roleName,
        isLocal: peer.isLocal,
        metadata: peer.metadata,
        hasRaisedHand: store.getState(selectHasPeerHandRaised(peer.id)),
        video: peer.videoTrack
          ? { id: peer.videoTrack, enabled: tracks[peer.videoTrack]?.enabled ?? false }
          : undefined,
        screen: store.getState(selectScreenShareByPeerID(peer.id))?.id,
        audio: peer.audioTrack
          ? { id: peer.audioTrack, enabled: tracks[peer.audioTrack]?.enabled ?? false }
          : undefined,
      })),
      messages: store
        .getState(selectHMSMessages)
        .map(({ type, message, senderName }) => ({ type, text: String(message), from: senderName })),
      wishes: [...wishes],
      hls: store.getState(selectHLSState),
      recording: store.getState(selectRecordingState),
      rtmp: store.getState(selectRTMPState),
      polls: store.getState(selectPolls).map(({ id, title, state, questions = [] }) => ({
        id,
        title,
        state,
        votes: questions.map(({ options = [] }) => options.map(({ voteCount = 0 }) => voteCount)),
      })),
    };
  },
  whisper: (text: string, peerId: string) => actions.sendDirectMessage(text, peerId),
  timedMetadata: (payload: string, duration: number) => actions.sendHLSTimedMetadata([{ payload, duration }]),
  /** Plays a stream in a new element with the id given, by our own player. */
  watch(url: string, elementId: string): void {
    const video = videoElement(elementId);
    createPlayer(video, { url }).on('timedMetadata', ({ payload, durationMs, startDate }) => {
      const toldAt = Date.now();
      const look = (): void => {
        const code = window.amphiTest.readBarcode(video);
        const now = Date.now();
        // A picture that cannot be read, as a coarse one, is followed by one that can.
        if (code === undefined || Math.abs(((now >>> 0) - code) | 0) > 120_000) setTimeout(look, 50);
        else told.push({ payload, durationMs, startDate, code: code - (now - toldAt) });
      };
      look();
    });
  },
  say: (text: string) => actions.sendBroadcastMessage(text),
  setCamera: (on: boolean) => actions.setLocalVideoEnabled(on),
  setMicrophone: (on: boolean) => actions.setLocalAudioEnabled(on),
  shareScreen: (on: boolean) => actions.setScreenShareEnabled(on),
  goLive: () => actions.startHLSStreaming(),
  endStream: () => actions.stopHLSStreaming(),
  startRecording: () => actions.startRTMPOrRecording({ record: true }),
  startRtmp: (rtmpURLs: string[], record: boolean) => actions.startRTMPOrRecording({ rtmpURLs, record }),
  stopRecording: () => actions.stopRTMPAndRecording(),
  changeRole: (peerId: string, role: string, force: boolean) => actions.changeRoleOfPeer(peerId, role, force),
  async acceptRole(): Promise<void> {
    const request = store.getState(selectRoleChangeRequest);
    if (!request) throw new Error('no role is offered');
    await actions.acceptChangeRole(request);
  },
  /** As the public UI does it: the server hears nothing of it, whoever has asked gets a message. */
  async declineRole(): Promise<void> {
    const request = store.getState(selectRoleChangeRequest);
    if (!request?.requestedBy) throw new Error('no role is offered by anyone');
    actions.rejectChangeRole(request);
    const refusal = JSON.stringify({ ...request, peerName: store.getState(selectLocalPeer)?.name });
    await actions.sendDirectMessage(refusal, request.requestedBy.id, 'role_change_declined');
  },
  changeRoles: (roles: string[], role: string) => actions.changeRoleOfPeersWithRoles(roles, role),
  rename: (name: string) => actions.changeName(name),
  describe: (metadata: object) => actions.changeMetadata(metadata),
  raiseHand: () => actions.raiseLocalPeerHand(),
  lowerHandOf: (peerId: string) => actions.lowerRemotePeerHand(peerId),
  observe: (keys: string[]) => actions.sessionStore.observe(keys),
  storeSet: (key: string, value: unknown) => actions.sessionStore.set(key, value),
  stored: (key: string): unknown => store.getState(selectSessionStore(key)),
  setOfOther: (trackId: string, on: boolean) => actions.setRemoteTrackEnabled(trackId, on),
  muteRole: (role: string, type?: 'audio' | 'video') =>
    actions.setRemoteTracksEnabled({ enabled: false, roles: [role], ...(type && { type }) }),
  async fulfilWish(): Promise<void> {
    const wish = wishes.at(-1);
    if (!wish) throw new Error('nothing was asked');
    await actions.setEnabledTrack(wish.trackId, wish.enabled);
  },
  remove: (peerId: string, reason: string) => actions.removePeer(peerId, reason),
  /** Of one question. @param correct options that are right, by index from 1: with some it is a quiz, of 10 points */
  async startPoll(
    title: string,
    type: 'single-choice' | 'multiple-choice',
    options: string[],
    correct: number[] = [],
  ): Promise<void> {
    const poll: HMSPollCreateParams = {
      id: crypto.randomUUID(),
      title,
      type: correct.length > 0 ? 'quiz' : 'poll',
      questions: [
        {
          text: `${title}?`,
          type: type as HMSPollQuestionType,
          options: options.map((text, index) => ({ text, isCorrectAnswer: correct.includes(index + 1) })),
          ...(correct.length > 0 && { weight: 10 }),
        },
      ],
    };
    await actions.interactivityCenter.startPoll(poll);
  },
  vote: (pollId: string, ...options: number[]) =>
    actions.interactivityCenter.addResponsesToPoll(pollId, [{ questionIndex: 1, options }]),
  /** What the server has of one's own, by question: the options chosen. */
  async ownAnswers(pollId: string): Promise<readonly (readonly unknown[])[]> {
    const poll = () => store.getState(selectPolls).find(({ id }) => id === pollId)!;
    await actions.interactivityCenter.getPollResponses(poll(), true);
    return (poll().questions ?? []).map(({ responses = [] }) =>
      responses.flatMap(({ option, options = [option] }) => options),
    );
  },
  leaders: (pollId: string) => actions.interactivityCenter.fetchLeaderboard(pollId, 0, 10),
  stopPoll: (pollId: string) => actions.interactivityCenter.stopPoll(pollId),
  async findByName(query: string): Promise<string[]> {
    const { peers } = await actions.findPeerByName({ query });
    return peers.map(({ name }) => name);
  },
  nameOf: async (peerId: string) => (await actions.getPeer(peerId))?.name,
  async listOf(role: string): Promise<string[]> {
    const iterator = actions.getPeerListIterator({ role, limit: 10 });
    return (await iterator.next()).map(({ name }) => name);
  },
  /** Attaches a remote video to a new element with the id given. */
  async attach(trackId: string, elementId: string): Promise<void> {
    const video = videoElement(elementId);
    await actions.attachVideo(trackId, video);
  },
  /** Shows somebody's camera in a new element with the id given, whatever track that is by then: as apps do. */
  follow(name: string, elementId: string): void {
    const video = videoElement(elementId);
    const show = (trackId?: string) => trackId && void actions.attachVideo(trackId, video);
    const cameraOf = (state: HMSStore) => selectPeers(state).find((peer) => peer.name === name)?.videoTrack;
    show(store.getState(cameraOf));
    const stop = store.subscribe(show, cameraOf);
    followed.push(() => {
      stop();
      const shown = store.getState(cameraOf);
      if (shown) void actions.detachVideo(shown, video);
      video.remove();
    });
  },
  /** Whoever was followed is shown no more. */
  unfollow(): void {
    for (const end of followed.splice(0)) end();
  },
  leave: () => actions.leave(),
  endRoom: (lock: boolean) => actions.endRoom(lock, 'that was it'),
};

export type GenuineClient = typeof api;

declare global {
  interface Window {
    genuine: GenuineClient;
  }
}

window.genuine = api;
