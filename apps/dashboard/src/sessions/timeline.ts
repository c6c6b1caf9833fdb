import type { Output, Session } from '../api/rest.ts';

/** A session as bars on one axis of time. Pure: what is drawn follows from the rows and `now`. */

export interface Bar {
  readonly id: string;
  readonly kind: 'person' | 'stream' | 'recording';
  readonly name: string;
  readonly note: string;
  /** Milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly isOpen: boolean;
}

export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly bars: readonly Bar[];
  /** Round times between, as fractions of the whole. */
  readonly ticks: readonly { readonly at: number; readonly share: number }[];
}

export function timelineOf(
  session: Session,
  outputs: { readonly streams: readonly Output[]; readonly recordings: readonly Output[] },
  now: number,
): Timeline {
  const from = Date.parse(session.created_at);
  const to = Math.max(session.active ? now : Date.parse(session.updated_at), from + 1_000);
  const inside = (time: number) => Math.min(Math.max(time, from), to);
  const ofOutput =
    (kind: 'stream' | 'recording') =>
    ({ id, status, created_at, started_at, stopped_at }: Output): Bar => ({
      id,
      kind,
      name: kind === 'stream' ? 'Live stream' : 'Recording',
      note: status,
      from: inside(Date.parse(started_at ?? created_at)),
      to: stopped_at === null ? to : inside(Date.parse(stopped_at)),
      isOpen: stopped_at === null && session.active,
    });
  const people = Object.values(session.peers)
    .map(
      (peer): Bar => ({
        id: peer.id,
        kind: 'person',
        name: peer.name,
        note: peer.role,
        from: inside(Date.parse(peer.joined_at)),
        to: peer.left_at === null ? to : inside(Date.parse(peer.left_at)),
        isOpen: peer.left_at === null && session.active,
      }),
    )
    .sort((a, b) => a.from - b.from);
  return {
    from,
    to,
    bars: [...outputs.streams.map(ofOutput('stream')), ...outputs.recordings.map(ofOutput('recording')), ...people],
    ticks: ticksOf(from, to),
  };
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
const MAX_TICKS = 6;

function ticksOf(from: number, to: number): { at: number; share: number }[] {
  const stepMs = 1000 * (STEPS_S.find((step) => (to - from) / (step * 1000) <= MAX_TICKS) ?? 86_400);
  const ticks: { at: number; share: number }[] = [];
  for (let at = Math.ceil(from / stepMs) * stepMs; at < to && ticks.length < MAX_TICKS + 1; at += stepMs) {
    ticks.push({ at, share: (at - from) / (to - from) });
  }
  return ticks;
}
