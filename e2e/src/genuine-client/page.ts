import {
  HMSReactiveStore,
  selectHLSState,
  selectHMSMessages,
  selectIsConnectedToRoom,
  selectLocalPeer,
  selectPeers,
  selectTracksMap,
} from '@100mslive/hms-video-store';

/** The public client, unmodified, behind a handful of calls for the test. Bundled and opened as a page of another origin. */

const reactive = new HMSReactiveStore();
reactive.triggerOnSubscribe();
const actions = reactive.getActions();
const store = reactive.getStore();
const events: { type: string; code?: number | undefined; message?: string | undefined }[] = [];
reactive.getNotifications().onNotification((event) => {
  const data = event.data as { code?: number; message?: string } | undefined;
  events.push({ type: event.type, code: data?.code, message: data?.message });
});

const api = {
  events,
  async join(options: {
    userName: string;
    roomCode: string;
    tokenEndpoint: string;
    initEndpoint: string;
  }): Promise<void> {
    const authToken = await actions.getAuthTokenByRoomCode(
      { roomCode: options.roomCode, userId: `user-${options.userName}` },
      { endpoint: options.tokenEndpoint },
    );
    await actions.join({ userName: options.userName, authToken, initEndpoint: options.initEndpoint });
  },
  state() {
    const tracks = store.getState(selectTracksMap);
    return {
      connected: store.getState(selectIsConnectedToRoom) ?? false,
      role: store.getState(selectLocalPeer)?.roleName,
      peers: store.getState(selectPeers).map((peer) => ({
        id: peer.id,
        name: peer.name,
        role: peer.roleName,
        isLocal: peer.isLocal,
        video: peer.videoTrack
          ? { id: peer.videoTrack, enabled: tracks[peer.videoTrack]?.enabled ?? false }
          : undefined,
        audio: peer.audioTrack
          ? { id: peer.audioTrack, enabled: tracks[peer.audioTrack]?.enabled ?? false }
          : undefined,
      })),
      messages: store
        .getState(selectHMSMessages)
        .map((message) => ({ text: String(message.message), from: message.senderName })),
      hls: store.getState(selectHLSState),
    };
  },
  say: (text: string) => actions.sendBroadcastMessage(text),
  setCamera: (on: boolean) => actions.setLocalVideoEnabled(on),
  setMicrophone: (on: boolean) => actions.setLocalAudioEnabled(on),
  shareScreen: (on: boolean) => actions.setScreenShareEnabled(on),
  goLive: () => actions.startHLSStreaming(),
  endStream: () => actions.stopHLSStreaming(),
  changeRole: (peerId: string, role: string, force: boolean) => actions.changeRoleOfPeer(peerId, role, force),
  /** Attaches a remote video to a new element with the id given. */
  async attach(trackId: string, elementId: string): Promise<void> {
    const video = document.createElement('video');
    video.id = elementId;
    video.width = 640;
    video.height = 360;
    video.muted = true;
    video.autoplay = true;
    document.body.append(video);
    await actions.attachVideo(trackId, video);
  },
  leave: () => actions.leave(),
};

export type GenuineClient = typeof api;

declare global {
  interface Window {
    genuine: GenuineClient;
  }
}

window.genuine = api;
