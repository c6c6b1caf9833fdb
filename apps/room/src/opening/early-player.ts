import type { LiveStream, SessionState } from '@amphi/client';
import type { ShownPlayer } from '../viewer/shown-player.ts';

/** Makes a player that loads this stream. */
type MakePlayer = (stream: LiveStream) => ShownPlayer;

/** What it needs of a session. */
interface Watched {
  readonly watch: <T>(select: (state: SessionState) => T, listener: (part: T) => void) => () => void;
}

/**
 * Loads the stream for who watches it from the moment on that its address is known, beside the last steps into the room and
 * the drawing of it. Who draws the room takes the player over, and closes it then. One that is not taken is closed when there
 * is no stream any more for this person to watch, or they are not in the room.
 */
export class EarlyPlayer {
  readonly #load: () => Promise<MakePlayer>;
  readonly #unwatch: () => void;
  #stream: LiveStream | undefined;
  #made: ShownPlayer | undefined;
  #isOver = false;

  /** @param load gives what makes a player, once its code is there */
  constructor(session: Watched, load: () => Promise<MakePlayer>) {
    this.#load = load;
    this.#unwatch = session.watch(awaitedStream, (stream) => this.#follow(stream));
  }

  /**
   * Gives the player away, if there is one, and of the stream that was started then. None begins after it.
   * @param start in ms since 1970, as the stream has it
   */
  take(start: number): ShownPlayer | undefined {
    const made = this.#stream?.startedAt === start ? this.#made : undefined;
    if (made) this.#made = undefined;
    this.close();
    return made;
  }

  /** Idempotent. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#unwatch();
    this.#drop();
  }

  #follow(stream: LiveStream | undefined): void {
    const isAnother = stream?.startedAt !== this.#stream?.startedAt;
    this.#stream = stream;
    if (!isAnother) return;
    this.#drop();
    if (stream) void this.#begin(stream).catch(() => {});
  }

  async #begin(stream: LiveStream): Promise<void> {
    const make = await this.#load();
    // Taken, closed, or another one wanted by now.
    if (this.#isOver || this.#made !== undefined || this.#stream?.startedAt !== stream.startedAt) return;
    this.#made = make(stream);
  }

  #drop(): void {
    this.#made?.close();
    this.#made = undefined;
  }
}

/** The stream that somebody who goes in will watch. */
function awaitedStream({ connection, self, liveStream }: SessionState): LiveStream | undefined {
  const goesIn = connection.status === 'joining' || connection.status === 'joined';
  return goesIn && self.level === 'stream' && liveStream.status === 'live' ? liveStream : undefined;
}
