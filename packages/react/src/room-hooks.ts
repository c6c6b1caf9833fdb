import {
  type BoardDrawing,
  type BoardRights,
  type BoardState,
  boardRights,
  type ClientError,
  type FoundPeer,
  HAND_RAISED,
  type Leaderboard,
  type MuteSelection,
  mayAnswer,
  type NewPoll,
  type Poll,
  type PollAnswer,
  pollsInOrder,
  type RecordingState,
  type RemotePeer,
  type RtmpState,
  raisedHands,
  readValue,
  type SessionState,
  type ValueKey,
} from '@amphi/client';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { shallowEqual } from './memoize-selector.ts';
import { useSession } from './session-context.tsx';
import { useSessionState } from './use-session-state.ts';

/** Our hand and those of others. */
export interface HandView {
  readonly isRaised: boolean;
  readonly set: (isRaised: boolean) => Promise<void>;
  /** Others with raised hands whom we know, in the order they joined. */
  readonly raised: readonly RemotePeer[];
  /** Rejects with `not_allowed` without the permission `changeRole`. */
  readonly lower: (peerId: string) => Promise<void>;
}

/** Our hand, and those of the others. */
export function useHand(): HandView {
  const session = useSession();
  const isRaised = useSessionState(selectIsRaised);
  const raised = useSessionState(selectRaised);
  return useMemo(
    () => ({
      isRaised,
      raised,
      // A session that is away throws at once; callers see one way to fail.
      set: async (raise) => session.setHand(raise),
      lower: async (peerId) => session.lowerHandOf(peerId),
    }),
    [session, isRaised, raised],
  );
}

/** The whiteboard: what is on it, what we may do with it, and doing it. */
export interface BoardView extends BoardState, BoardRights {
  /** We have opened it. */
  readonly isOwn: boolean;
  /** Rejects with `refused` while it is open. @param options.fresh with nothing on it */
  readonly open: (options?: { readonly fresh?: boolean }) => Promise<void>;
  readonly close: () => Promise<void>;
  /** Throws `not_allowed`, `wrong_state`. */
  readonly draw: (drawings: readonly BoardDrawing[]) => void;
}

/** The whiteboard of the room. */
export function useBoard(): BoardView {
  const session = useSession();
  const board = useSessionState(selectBoard);
  const rights = useSessionState(boardRights);
  const { peerId } = useSessionState(selectSelf);
  return useMemo(
    () => ({
      ...board,
      ...rights,
      isOwn: board.owner?.peerId === peerId,
      open: async (options) => session.board.open(options),
      close: async () => session.board.close(),
      draw: (drawings) => session.board.draw(drawings),
    }),
    [session, board, rights, peerId],
  );
}

/**
 * The value of a key of the session store, kept up to date while the component is mounted.
 * @param key a stable object, defined outside of the component
 * @returns the value, undefined without one; and what sets it (undefined takes it away)
 */
export function useSessionValue<T>(
  key: ValueKey<T>,
): readonly [value: T | undefined, set: (value: T | undefined) => Promise<number>] {
  const session = useSession();
  useEffect(() => session.watchValues(key), [session, key]);
  const raw = useSessionState(useCallback((state: SessionState) => state.values[key.key], [key]));
  const value = useMemo(() => readValue({ values: { [key.key]: raw } }, key), [key, raw]);
  const set = useCallback(async (next: T | undefined) => session.setValue<unknown>(key.key, next), [session, key]);
  return useMemo(() => [value, set] as const, [value, set]);
}

/** What is sent to other platforms, and what starts and stops it. */
export interface RtmpView extends RtmpState {
  readonly canControl: boolean;
  /** Rejects when refused; the reason is in `error` as well. */
  readonly start: (urls?: readonly string[], options?: { readonly record?: boolean }) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What is sent to other platforms. */
export function useRtmp(): RtmpView {
  const session = useSession();
  const rtmp = useSessionState(selectRtmp);
  const canControl = useSessionState(selectMaySend);
  return useMemo(
    () => ({
      ...rtmp,
      canControl,
      start: async (urls?: readonly string[], options?: { readonly record?: boolean }) =>
        session.startRtmp(urls, options),
      stop: async () => session.stopRtmp(),
    }),
    [session, rtmp, canControl],
  );
}

/** Whether the room is recorded, and what starts, stops and pauses it. */
export interface RecordingView extends RecordingState {
  /** The stage, the live stream, or each track by itself is being recorded, at this moment: not while all are paused. */
  readonly isRecorded: boolean;
  readonly canControl: boolean;
  /** Rejects when refused; the reason is in `error` as well. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** `isPaused` says when it is so. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
}

/** The recording of the stage. */
export function useRecording(): RecordingView {
  const session = useSession();
  const recording = useSessionState(selectRecording);
  const isRecorded = useSessionState(selectIsRecorded);
  const canControl = useSessionState(selectMayRecord);
  return useMemo(
    () => ({
      ...recording,
      isRecorded,
      canControl,
      start: async () => session.startRecording(),
      stop: async () => session.stopRecording(),
      pause: async () => session.pauseRecording(),
      resume: async () => session.resumeRecording(),
    }),
    [session, recording, isRecorded, canControl],
  );
}

/** What is kept of the live stream: it begins and ends with that, and is paused by itself. */
export interface StreamRecordingView extends RecordingState {
  readonly canControl: boolean;
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
}

/** The recording of the live stream. */
export function useStreamRecording(): StreamRecordingView {
  const session = useSession();
  const recording = useSessionState(selectStreamRecording);
  const canControl = useSessionState(selectMayStream);
  return useMemo(
    () => ({
      ...recording,
      canControl,
      pause: async () => session.pauseRecording('stream'),
      resume: async () => session.resumeRecording('stream'),
    }),
    [session, recording, canControl],
  );
}

/** The recording of each track on stage by itself: nobody in the room starts, stops or pauses it. */
export function useTrackRecording(): RecordingState {
  return useSessionState(selectTrackRecording);
}

/** What may be done to others; each call rejects without the permission. */
export interface ModerationView {
  /** Mutes a track at once, or asks its owner to unmute it. */
  readonly muteTrack: (trackId: string, isMuted: boolean) => Promise<void>;
  readonly muteOthers: (isMuted: boolean, which?: MuteSelection) => Promise<void>;
  readonly removePeer: (peerId: string, reason?: string) => Promise<void>;
  readonly endRoom: (options?: { readonly lock?: boolean; readonly reason?: string }) => Promise<void>;
}

/** What one may do to others; each call rejects with `not_allowed` without its permission (`useRole().can`). */
export function useModeration(): ModerationView {
  const session = useSession();
  return useMemo(
    () => ({
      muteTrack: async (trackId, isMuted) => session.muteTrack(trackId, isMuted),
      muteOthers: async (isMuted, which) => session.muteOthers(isMuted, which),
      removePeer: async (peerId, reason) => session.removePeer(peerId, reason),
      endRoom: async (options) => session.endRoom(options),
    }),
    [session],
  );
}

/** Polls and quizzes, and what one does with them. */
export interface PollsView {
  /** The newest first. */
  readonly polls: readonly Poll[];
  /** Why those of before we came could not be fetched. */
  readonly error: ClientError | undefined;
  /** Fetches them again after an `error`. */
  readonly reload: () => void;
  readonly mayAnswer: (poll: Poll) => boolean;
  readonly create: (poll: NewPoll) => Promise<string>;
  readonly start: (pollId: string) => Promise<void>;
  readonly stop: (pollId: string) => Promise<void>;
  readonly answer: (
    pollId: string,
    question: number,
    answer: PollAnswer,
    options?: { readonly durationMs?: number },
  ) => Promise<void>;
  readonly leaderboard: (pollId: string) => Promise<Leaderboard>;
}

/** Polls and quizzes; those of before we came are fetched once we are in, where the role may read them. */
export function usePolls(): PollsView {
  const session = useSession();
  const polls = useSessionState(selectPolls);
  const self = useSessionState(selectSelf);
  const mayRead = useSessionState(selectMayReadPolls);
  const [error, setError] = useState<ClientError | undefined>(undefined);
  const reload = useCallback(() => {
    setError(undefined);
    session.polls.load().catch((cause: ClientError) => {
      // A lost connection loads them when it is back.
      if (!cause.isTransient) setError(cause);
    });
  }, [session]);
  useEffect(() => {
    if (mayRead) reload();
  }, [reload, mayRead]);
  return useMemo(
    () => ({
      polls,
      error,
      reload,
      mayAnswer: (poll) => mayAnswer({ self }, poll),
      create: async (poll) => session.polls.create(poll),
      start: async (pollId) => session.polls.start(pollId),
      stop: async (pollId) => session.polls.stop(pollId),
      answer: async (pollId, question, answer, options) => session.polls.answer(pollId, question, answer, options),
      leaderboard: async (pollId) => session.polls.leaderboard(pollId),
    }),
    [session, polls, self, error, reload],
  );
}

/** People whose names match what is searched for. */
export interface PeerSearchView {
  readonly results: readonly FoundPeer[];
  readonly isSearching: boolean;
  readonly error: Error | undefined;
  /** Adds the next page, after an error the one that failed; undefined when there is none. */
  readonly loadMore: (() => void) | undefined;
}

/**
 * People by name, those who are not listed included; nobody for an empty query.
 * An answer that comes after the query has changed is dropped.
 */
export function usePeerSearch(query: string, { limit = 20 }: { readonly limit?: number } = {}): PeerSearchView {
  const session = useSession();
  const [found, setFound] = useState<SearchState>(NOTHING_FOUND);
  const wanted = query.trim();
  useEffect(() => {
    if (wanted === '') {
      setFound(NOTHING_FOUND);
      return;
    }
    let isCurrent = true;
    const show = (state: SearchState | ((before: SearchState) => SearchState)): void => {
      if (isCurrent) setFound(state);
    };
    const load = async (ask: () => Promise<Page>): Promise<void> => {
      show((before) => ({ ...before, isSearching: true, loadMore: undefined }));
      try {
        const { peers, next } = await ask();
        const loadMore = next && (() => void load(next));
        show((before) => ({ results: [...before.results, ...peers], isSearching: false, error: undefined, loadMore }));
      } catch (error) {
        show((before) => ({ ...before, isSearching: false, error: error as Error, loadMore: () => void load(ask) }));
      }
    };
    show(NOTHING_FOUND);
    void load(async () => session.people.searchByName(wanted, { limit }));
    return () => {
      isCurrent = false;
    };
  }, [session, wanted, limit]);
  return found;
}

/** How well a person receives, 0 (worst) to 5; undefined while it is unknown. */
export function useConnectionQuality(peerId: string): number | undefined {
  return useSessionState(useCallback((state: SessionState) => state.quality[peerId], [peerId]));
}

/** How loud we hear a person, 0 to 1, and what changes it. */
export function usePeerVolume(peerId: string): readonly [volume: number, set: (volume: number) => void] {
  const session = useSession();
  const volume = useSessionState(useCallback((state: SessionState) => state.volumes[peerId] ?? 1, [peerId]));
  return useMemo(() => [volume, (wanted: number) => session.setPeerVolume(peerId, wanted)], [session, peerId, volume]);
}

/** How many have each role, ourselves included, as far as the server has said it. */
export function useRoleCounts(): Readonly<Record<string, number>> {
  return useSessionState(selectRoleCounts, shallowEqual);
}

type SearchState = PeerSearchView;
interface Page {
  readonly peers: readonly FoundPeer[];
  readonly next: (() => Promise<Page>) | undefined;
}

const NOTHING_FOUND: SearchState = { results: [], isSearching: false, error: undefined, loadMore: undefined };

const selectIsRaised = (state: SessionState) => state.self.groups.includes(HAND_RAISED);
const selectRaised = (state: SessionState) => raisedHands(state.peers);
const selectPolls = (state: SessionState) => pollsInOrder(state.polls);
const selectMayReadPolls = ({ connection, self }: SessionState) =>
  connection.status === 'joined' && Boolean(self.role?.permissions.pollRead || self.role?.permissions.pollWrite);
const selectRoleCounts = (state: SessionState) => state.room.countsByRole ?? NO_COUNTS;
const NO_COUNTS: Readonly<Record<string, number>> = {};
const selectRtmp = (state: SessionState) => state.rtmp;
const selectMaySend = ({ self }: SessionState) => self.role?.permissions.rtmpStreaming ?? false;
const selectRecording = (state: SessionState) => state.recording;
const selectStreamRecording = (state: SessionState) => state.streamRecording;
const runs = ({ status, isPaused }: RecordingState): boolean => !isPaused && (status === 'on' || status === 'stopping');
const selectTrackRecording = (state: SessionState) => state.trackRecording;
const selectIsRecorded = (state: SessionState) =>
  runs(state.recording) || runs(state.streamRecording) || runs(state.trackRecording);
const selectMayStream = ({ self }: SessionState) => self.role?.permissions.hlsStreaming ?? false;
const selectBoard = (state: SessionState) => state.board;
const selectSelf = (state: SessionState) => state.self;
const selectMayRecord = ({ self }: SessionState) => self.role?.permissions.browserRecording ?? false;
