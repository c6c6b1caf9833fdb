import type { Logger, Millis } from '@amphi/base';
import { type Beam, isBeamWanted, type LiveStreamRow, type Store } from '@amphi/store';
import { secondIdOf } from '../egress-jobs/alternate.ts';
import type { RecordedJob } from '../recordings/recorded-job.ts';
import type { EarlierBeam, EarlierSession, EarlierStream } from '../sessions/ports/earlier.ts';
import type { RoomDirectory } from '../sessions/ports/rooms.ts';
import { SEEN_EVERY_MS } from './heartbeat.ts';
import { peerRecordOf, stateRecordOf } from './session-records.ts';

/** Clients try to come back for 60 s (client protocol, 3.6); the kill was up to {@link SEEN_EVERY_MS} after the last sign. */
const PEERS_FOR_MS: Millis = 60_000 + SEEN_EVERY_MS;
/** A show that was interrupted for longer has lost its audience. */
const STREAM_FOR_MS: Millis = 5 * 60_000;
/** A node that has been silent for so long does not come back to its sessions. */
export const NODE_GONE_AFTER_MS: Millis = 2 * STREAM_FOR_MS;

/** What the origin has of a stream of an earlier process. */
export interface ServedStream {
  readonly streamId: string;
  readonly state: 'starting' | 'playable' | 'ended';
}

/** What becomes of what a killed process left. */
export interface TakenUp {
  readonly goOn: EarlierSession[];
  /** Recordings that do not go on, or had ended: their files are to be finished. */
  readonly unfinished: readonly RecordedJob[];
}

/**
 * The sessions that ran on this node when its process was killed, as far as they are to go on: with their peers for as
 * long as those try to come back, with their stream for some minutes. All others are forgotten, and streams that do not
 * go on are recorded as failed. Other nodes' are left alone, but for those of nodes that are gone for good.
 * @param served streams that the origin serves again
 */
export async function takeUpSessions(options: {
  readonly store: Pick<Store, 'sessions' | 'liveStreams' | 'beams'>;
  readonly rooms: RoomDirectory;
  readonly node: string;
  readonly served: readonly ServedStream[];
  readonly now: Millis;
  readonly logger: Logger;
}): Promise<TakenUp> {
  const { store, rooms, node, served, now, logger } = options;
  const [beams, recorded] = [
    await store.beams.unfinishedOf(node),
    await store.liveStreams.unfinishedRecordingsOf(node),
  ];
  const [sessions, wanted] = [await store.sessions.ofNode(node), await store.liveStreams.wantedOf(node)];
  const goOn: EarlierSession[] = [];
  for (const session of sessions) {
    const silentMs = now - session.seenAt.getTime();
    const stream = wanted.find(({ sessionId }) => sessionId === session.id);
    const ofSession = beams.filter((each) => each.sessionId === session.id && isBeamWanted(each));
    const beam = ofSession.find(({ kind }) => kind !== 'tracks');
    const tracks = ofSession.find(({ kind }) => kind === 'tracks');
    const earlier = {
      id: session.id,
      startedAt: session.startedAt.getTime(),
      peers: silentMs <= PEERS_FOR_MS ? session.peers.map(peerRecordOf) : [],
      state: session.state.map(stateRecordOf),
      stream: stream && silentMs <= STREAM_FOR_MS ? earlierStream(stream, served) : undefined,
      beam: beam && silentMs <= STREAM_FOR_MS ? earlierBeam(beam) : undefined,
      tracks: tracks && silentMs <= STREAM_FOR_MS ? earlierBeam(tracks) : undefined,
    };
    const room = await rooms.findRoom(session.roomId);
    // Two rows of one room can be left by a kill between the end of one session and the forgetting of it.
    const isRival = goOn.some((other) => other.room.id === session.roomId);
    if (room && !isRival && (earlier.peers.length > 0 || earlier.stream || earlier.beam))
      goOn.push({ ...earlier, room });
    else await store.sessions.close(session.id);
  }
  const onAir = goOn.flatMap(({ stream }) => stream?.streamId ?? []);
  // Those had ended; only their files are not finished.
  const ended = recorded.filter(({ status }) => status === 'stopping' || status === 'post_processing');
  const failed = await store.liveStreams.failUnfinished(node, [...onAir, ...ended.map(({ id }) => id)]);
  if (failed > 0) logger.warn({ streams: failed }, 'live streams of an earlier run do not go on');
  await forgetGoneNodes(store, now);
  const going = new Set([
    ...onAir,
    ...goOn.flatMap(({ beam, tracks }) => [beam, tracks].flatMap((each) => each?.id ?? [])),
  ]);
  const unfinished = [
    ...beams.map(({ id }) => ({ kind: 'beam', id }) as const),
    ...recorded.map(({ id }) => ({ kind: 'live_stream', id }) as const),
  ].filter(({ id }) => !going.has(id));
  return { goOn, unfinished };
}

/** Records streams of nodes that are gone for good as failed, and forgets their sessions. */
export async function forgetGoneNodes(store: Pick<Store, 'sessions' | 'liveStreams'>, now: Millis): Promise<void> {
  const before = new Date(now - NODE_GONE_AFTER_MS);
  await store.liveStreams.failAbandoned(before);
  await store.sessions.forgetUnseen(before);
}

function earlierStream(
  {
    id,
    playbackUrl,
    destination,
    settings,
    pageUrl,
    ladder,
    troubles,
    isRecorded,
    hasVod,
    isPaused,
    createdAt,
    startedAt,
  }: LiveStreamRow,
  served: readonly ServedStream[],
): EarlierStream | undefined {
  const found = served.find(({ streamId }) => streamId === id);
  if (!settings || found?.state === 'ended') return undefined;
  return {
    streamId: id,
    path: new URL(playbackUrl).pathname,
    second: earlierSecond({ id, ladder }, served),
    destination,
    settings,
    pageUrl: pageUrl ?? undefined,
    ladder: ladder ?? undefined,
    troubles: troubles ?? [],
    initialisedAt: createdAt.getTime(),
    startedAt: startedAt?.getTime(),
    isPlayable: found?.state === 'playable',
    isRecorded,
    hasVod,
    isPaused,
  };
}

function earlierSecond(
  { id, ladder }: Pick<LiveStreamRow, 'id' | 'ladder'>,
  served: readonly ServedStream[],
): EarlierStream['second'] {
  const found = served.find(({ streamId }) => streamId === secondIdOf(id));
  if (!ladder?.alternate || found?.state === 'ended') return undefined;
  return { path: new URL(ladder.alternate.playback.url).pathname, isPlayable: found?.state === 'playable' };
}

function earlierBeam({ id, destination, settings, isPaused, createdAt }: Beam): EarlierBeam {
  return { id, destination, settings, isPaused, initialisedAt: createdAt.getTime() };
}
