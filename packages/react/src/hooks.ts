import {
  type CaptureState,
  type ChatHistoryState,
  type ChatMessage,
  type ConnectionState,
  derived,
  type Invitation,
  isCapturing,
  type LiveStream,
  MAX_SCREEN_SHARES,
  type MediaDevice,
  peerCount,
  peersInOrder,
  type Recipients,
  type RemotePeer,
  type RemoteTrack,
  type RoomInfo,
  type ScreenId,
  type ScreenState,
  type SelfState,
  type SessionState,
  type SharedScreen,
  type TrackProcessor,
  viewerCount,
} from '@amphi/client';
import type { Composition, CompositionWish, Level, Permissions, Role } from '@amphi/protocol';
import { useCallback, useMemo } from 'react';
import { shallowEqual } from './memoize-selector.ts';
import { useSession } from './session-context.tsx';
import { useSessionState } from './use-session-state.ts';

/** Where the session is between connecting and leaving. */
export function useConnection(): ConnectionState {
  return useSessionState(selectConnection);
}

/** Ourselves: name, role, level. */
export function useSelf(): SelfState {
  return useSessionState(selectSelf);
}

/** The room and the session in it. */
export function useRoom(): RoomInfo {
  return useSessionState(selectRoom);
}

/** Our role, and what it allows. */
export interface RoleView {
  /** Undefined before the server has told it. */
  readonly role: Role | undefined;
  readonly level: Level | undefined;
  readonly can: (permission: keyof Permissions) => boolean;
  /** All roles of the room's template, by name. */
  readonly roles: Readonly<Record<string, Role>>;
}

/** Our role and what it permits. */
export function useRole(): RoleView {
  const { role, level } = useSelf();
  const roles = useSessionState(selectRoles);
  return useMemo(
    () => ({ role, level, roles, can: (permission) => role?.permissions[permission] ?? false }),
    [role, level, roles],
  );
}

/** The others, in the order they joined. */
export function usePeers(): readonly RemotePeer[] {
  return useSessionState(selectPeers);
}

/** Tracks of the others. */
export function useTracks(): readonly RemoteTrack[] {
  return useSessionState(selectTracks);
}

/** Peer ids of who speaks now, the loudest first; our own may be among them. */
export function useSpeakers(): readonly string[] {
  return useSessionState(selectSpeakers, shallowEqual);
}

/** Everyone in the room, ourselves included. */
export function usePeerCount(): number {
  return useSessionState(peerCount);
}

/** People who watch: everyone but those on stage. */
export function useViewerCount(): number {
  return useSessionState(viewerCount);
}

/** The chat, and what one does in it. */
export interface ChatView {
  /** Oldest first. */
  readonly messages: readonly ChatMessage[];
  /** Rejects when it could not be sent; the message stays in the list as `failed`. */
  readonly send: (
    text: string,
    recipients?: Recipients,
    options?: { readonly mentions?: readonly string[] },
  ) => Promise<void>;
  readonly retry: (messageId: string) => Promise<void>;
  /** Whether there is more that was said before. */
  readonly history: ChatHistoryState;
  /** Puts more of it in front of `messages`. */
  readonly loadEarlier: () => Promise<void>;
}

/** The chat: what was said, and saying something. */
export function useChat(): ChatView {
  const session = useSession();
  const messages = useSessionState(selectMessages);
  const history = useSessionState(selectChatHistory);
  return useMemo(
    () => ({
      messages,
      // A session that is away throws at once; callers see one way to fail.
      send: async (text, recipients, options) => session.sendMessage(text, recipients, options),
      retry: async (messageId) => session.retryMessage(messageId),
      history,
      loadEarlier: async () => session.loadEarlierMessages(),
    }),
    [session, messages, history],
  );
}

/** The composed stream, and what starts and stops it. */
export interface LiveStreamView extends LiveStream {
  readonly canControl: boolean;
  /** Rejects when refused; the reason is in `error` as well. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The composed stream of the room. */
export function useLiveStream(): LiveStreamView {
  const session = useSession();
  const stream = useSessionState(selectLiveStream);
  const { can } = useRole();
  const start = useCallback(() => session.startLiveStream(), [session]);
  const stop = useCallback(() => session.stopLiveStream(), [session]);
  return useMemo(() => ({ ...stream, canControl: can('hlsStreaming'), start, stop }), [stream, can, start, stop]);
}

/** How the composed stream is drawn, and what changes it. */
export interface CompositionView {
  /** Undefined until it was asked for. */
  readonly composition: Composition | undefined;
  /** Of the running stream, else of those that are started later; `{}` asks for `composition`. */
  readonly compose: (change: CompositionWish) => Promise<Composition>;
}

/** How the composed stream is drawn, or the next one will be; for those whose role may start it. */
export function useComposition(): CompositionView {
  const session = useSession();
  const composition = useSessionState(selectComposition);
  const compose = useCallback((change: CompositionWish) => session.composeLiveStream(change), [session]);
  return useMemo(() => ({ composition, compose }), [composition, compose]);
}

/** An invitation to another role, and the two answers to it. */
export interface InvitationView {
  readonly invitation: Invitation | undefined;
  readonly accept: () => Promise<void>;
  readonly decline: () => Promise<void>;
}

/** Someone asks us to take another role. */
export function useInvitation(): InvitationView {
  const session = useSession();
  const invitation = useSessionState(selectInvitation);
  const accept = useCallback(() => session.acceptInvitation(), [session]);
  const decline = useCallback(() => session.declineInvitation(), [session]);
  return useMemo(() => ({ invitation, accept, decline }), [invitation, accept, decline]);
}

/** A microphone or camera, and what switches and chooses it. */
export interface DeviceView extends CaptureState {
  /** Our role publishes it. It can be tried without, for an invitation that would. */
  readonly isAllowed: boolean;
  readonly devices: readonly MediaDevice[];
  /** Others see or hear it, now or in a moment. */
  readonly isCapturing: boolean;
  /** Switches it off while `isCapturing`, else on: also what the system has taken. */
  readonly toggle: () => Promise<void>;
  /** Never rejects; what went wrong is in `error`. */
  readonly setEnabled: (isEnabled: boolean) => Promise<void>;
  readonly select: (deviceId: string) => Promise<void>;
  /** Never rejects; `error` is `processor_failed` then, and the device off. */
  readonly setProcessor: (processor: TrackProcessor | undefined) => Promise<void>;
}

/** Our microphone. */
export function useMicrophone(): DeviceView {
  const session = useSession();
  const state = useSessionState(selectMicrophone);
  const devices = useSessionState(selectMicrophones, shallowEqual);
  const isAllowed = useSessionState(selectMayMicrophone);
  return useMemo(
    () => ({
      ...state,
      devices,
      isAllowed,
      isCapturing: isCapturing(state),
      toggle: () => session.setMicrophone(!isCapturing(state)),
      setEnabled: (isEnabled) => session.setMicrophone(isEnabled),
      select: (deviceId) => session.selectMicrophone(deviceId),
      setProcessor: (processor) => session.setMicrophoneProcessor(processor),
    }),
    [session, state, devices, isAllowed],
  );
}

/** Our camera. */
export function useCamera(): DeviceView {
  const session = useSession();
  const state = useSessionState(selectCamera);
  const devices = useSessionState(selectCameras, shallowEqual);
  const isAllowed = useSessionState(selectMayCamera);
  return useMemo(
    () => ({
      ...state,
      devices,
      isAllowed,
      isCapturing: isCapturing(state),
      toggle: () => session.setCamera(!isCapturing(state)),
      setEnabled: (isEnabled) => session.setCamera(isEnabled),
      select: (deviceId) => session.selectCamera(deviceId),
      setProcessor: (processor) => session.setCameraProcessor(processor),
    }),
    [session, state, devices, isAllowed],
  );
}

/** The devices by which others can be heard, and what chooses among them. */
export interface SpeakerView {
  readonly devices: readonly MediaDevice[];
  /** Undefined: the system's own choice. */
  readonly deviceId: string | undefined;
  readonly canSelect: boolean;
  /** Rejects with `device_missing`, `device_denied`, `device_failed`. */
  readonly select: (deviceId: string | undefined) => Promise<void>;
  /** Plays a short sound; to be called from a click or key handler. */
  readonly test: () => Promise<void>;
}

/** Where others are heard. */
export function useSpeaker(): SpeakerView {
  const session = useSession();
  const deviceId = useSessionState(selectSpeakerId);
  const devices = useSessionState(selectSpeakerDevices, shallowEqual);
  return useMemo(
    () => ({
      devices,
      deviceId,
      canSelect: session.canSelectSpeaker,
      select: (wanted) => session.selectSpeaker(wanted),
      test: () => session.testSpeaker(),
    }),
    [session, devices, deviceId],
  );
}

/** What we share of our screen, and what starts and stops it. */
export interface ScreenShareView extends ScreenState {
  /** The role and the browser allow it. */
  readonly canShare: boolean;
  /** Rejects with `capture_cancelled` when the person closed the browser's picker. */
  readonly start: () => Promise<void>;
  /** Ends all that is shared. */
  readonly stop: () => void;
  /** All that is shared; the view itself is as the first of them. */
  readonly screens: readonly SharedScreen[];
  /** One more can be shared beside what is. */
  readonly canAdd: boolean;
  /** Rejects with `wrong_state` when there are as many as can be, and as `start`. */
  readonly add: () => Promise<ScreenId>;
  readonly stopOne: (id: ScreenId) => void;
}

/** Sharing our screen. */
export function useScreenShare(): ScreenShareView {
  const session = useSession();
  const { status, video, audio } = useSessionState(selectScreen);
  const screens = useSessionState(selectScreens);
  const { role } = useSelf();
  return useMemo(
    () => ({
      status,
      video,
      audio,
      screens,
      canAdd: role !== undefined && session.canShareScreen && screens.length < MAX_SCREEN_SHARES,
      canShare: role !== undefined && session.canShareScreen,
      start: () => session.startScreenShare(),
      stop: () => session.stopScreenShare(),
      add: () => session.addScreenShare(),
      stopOne: (id) => session.stopScreenShare(id),
    }),
    [session, status, video, audio, screens, role],
  );
}

/** Whether others are heard, and what makes them heard. */
export interface AudioPlaybackView {
  /** The browser refuses sound before a gesture. */
  readonly isBlocked: boolean;
  /** To be called from a click or key handler. */
  readonly unblock: () => Promise<void>;
}

/** Whether the browser lets others be heard. */
export function useAudioPlayback(): AudioPlaybackView {
  const session = useSession();
  const isBlocked = useSessionState(selectAudioBlocked);
  const unblock = useCallback(() => session.unblockAudio(), [session]);
  return useMemo(() => ({ isBlocked, unblock }), [isBlocked, unblock]);
}

const selectConnection = (state: SessionState) => state.connection;
const selectSelf = (state: SessionState) => state.self;
const selectRoom = (state: SessionState) => state.room;
const selectRoles = (state: SessionState) => state.roles;
const trackList = derived((tracks: SessionState['tracks']): readonly RemoteTrack[] => Object.values(tracks));
const selectTracks = (state: SessionState) => trackList(state.tracks);
const selectPeers = (state: SessionState) => peersInOrder(state.peers);
const selectSpeakers = (state: SessionState) => Object.keys(state.speakers);
const selectChatHistory = (state: SessionState) => state.chatHistory;
const selectMessages = (state: SessionState) => state.messages;
const selectComposition = (state: SessionState) => state.composition;
const selectLiveStream = (state: SessionState) => state.liveStream;
const selectInvitation = (state: SessionState) => state.invitation;
const selectMicrophone = (state: SessionState) => state.microphone;
const selectMayMicrophone = ({ self }: SessionState) => self.role?.publishParams.allowed.includes('audio') ?? false;
const selectCamera = (state: SessionState) => state.camera;
const selectMayCamera = ({ self }: SessionState) => self.role?.publishParams.allowed.includes('video') ?? false;
const selectScreen = (state: SessionState) => state.screen;
const selectScreens = (state: SessionState) => state.screens;
const selectAudioBlocked = (state: SessionState) => state.isAudioBlocked;
const selectMicrophones = (state: SessionState) => state.devices.filter(({ kind }) => kind === 'microphone');
const selectCameras = (state: SessionState) => state.devices.filter(({ kind }) => kind === 'camera');
const selectSpeakerDevices = (state: SessionState) => state.devices.filter(({ kind }) => kind === 'speaker');
const selectSpeakerId = (state: SessionState) => state.speakerId;
