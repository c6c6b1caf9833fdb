import { partName, type WindowSegment } from '@amphi/hls';
import { PublicError } from '@amphi/protocol';
import { decodeJournal, type JournalHead } from './journal-format.ts';
import { type EarlierLife, emptyStateOf } from './origin-stream.ts';
import type { MediaStorage } from './storage/storage.ts';
import { applyRecord, type RenditionState, type StateChange, type StreamState } from './stream-state.ts';

export interface FoundStream {
  readonly head: Omit<JournalHead, 'state'>;
  readonly earlier: EarlierLife;
  /** The last deletions before the kill may not have been made. */
  readonly deletable: StateChange['deletable'];
}

/**
 * What the journal of a stream tells, with the media that go on with it.
 * @throws PublicError saying why the stream cannot go on
 */
export async function readStream(storage: MediaStorage, streamId: string): Promise<FoundStream> {
  const bytes = await storage.journals?.read(streamId);
  if (!bytes) throw new PublicError(404, 'it has no journal of this run of the machine');
  const { head, stateOver, records } = decodeJournal(bytes);
  if (head.streamId !== streamId) throw new PublicError(400, `its journal is of stream ${head.streamId}`);
  const [past, present] = apart(stateOver(emptyStateOf(head.description)));
  let state = present;
  const deletable: StateChange['deletable'][number][] = [];
  for (const record of records) {
    const change = applyRecord(state, record);
    state = change.state;
    deletable.push(...change.deletable);
  }
  state = together(past, state);
  const openParts = await readOpenParts(storage, streamId, state);
  return { head, earlier: { createdAt: head.createdAt, state, openParts }, deletable };
}

type Past = ReadonlyMap<string, readonly WindowSegment[]>;

/**
 * Takes what no record can touch any more out of an event playlist: each record makes a new window, and a window of twelve
 * hours is too long to be copied for each of thousands. What may still lose its parts stays, and so does what a rendition
 * that is behind would count along with (LW5), with one segment before it.
 */
function apart(state: StreamState): [Past, StreamState] {
  const windows = [...state.renditions.values()].map(({ window }) => window);
  // Whether it can be played is seen from its segments.
  if (!state.isPlayable || windows.some(({ options }) => options.type !== 'event')) return [new Map(), state];
  const firstTouched = Math.min(...windows.map(({ nextMsn }) => nextMsn)) - 1;
  const past = new Map<string, readonly WindowSegment[]>();
  const renditions = new Map<string, RenditionState>();
  for (const [id, rendition] of state.renditions) {
    const { segments } = rendition.window;
    const found = segments.findIndex(({ msn, parts }) => msn >= firstTouched || parts.length > 0);
    const count = found === -1 ? segments.length : found;
    past.set(id, segments.slice(0, count));
    renditions.set(id, { ...rendition, window: { ...rendition.window, segments: segments.slice(count) } });
  }
  return [past, { ...state, renditions }];
}

function together(past: Past, state: StreamState): StreamState {
  const renditions = new Map(
    [...state.renditions].map(([id, rendition]) => {
      const segments = [...(past.get(id) ?? []), ...rendition.window.segments];
      return [id, { ...rendition, window: { ...rendition.window, segments } }];
    }),
  );
  return { ...state, renditions };
}

/** The open segments are completed from their parts, so those must be there. */
async function readOpenParts(
  storage: MediaStorage,
  streamId: string,
  state: StreamState,
): Promise<ReadonlyMap<string, readonly Buffer[]>> {
  const open = new Map<string, readonly Buffer[]>();
  for (const [id, { window, openBytes }] of state.renditions) {
    const parts: Buffer[] = [];
    for (let part = 0; part < (window.open?.parts.length ?? 0); part++) {
      const data = await storage.get(`${streamId}/${id}/${partName(window.nextMsn, part)}`);
      if (!data) throw new PublicError(404, `part ${window.nextMsn}.${part} of ${id} is missing`);
      parts.push(data);
    }
    const bytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (bytes !== openBytes) {
      throw new PublicError(
        409,
        `segment ${window.nextMsn} of ${id}: its parts have ${bytes} bytes, written were ${openBytes}`,
      );
    }
    open.set(id, parts);
  }
  return open;
}
