import type { Millis } from '@amphi/base';

/** Sound and pictures come from different threads, this far apart at most; what is later than that goes as it comes. */
const MAX_HELD_MS: Millis = 1_000;

interface Timed {
  readonly timestamp: Millis;
  readonly send: () => void;
}

/** Sends what two sources make by its time, as one connection has one order. */
export class Interleaver {
  readonly #held: { readonly video: Timed[]; readonly audio: Timed[] } = { video: [], audio: [] };

  push(kind: 'video' | 'audio', timestamp: Millis, send: () => void): void {
    this.#held[kind].push({ timestamp, send });
    for (let next = this.#next(); next; next = this.#next()) next.shift()?.send();
  }

  /** Nothing more comes. */
  flush(): void {
    const { video, audio } = this.#held;
    const rest = [...video.splice(0), ...audio.splice(0)].sort((a, b) => a.timestamp - b.timestamp);
    for (const { send } of rest) send();
  }

  clear(): void {
    this.#held.video.length = 0;
    this.#held.audio.length = 0;
  }

  /** Whose turn it is; undefined while something earlier may come. */
  #next(): Timed[] | undefined {
    const { video, audio } = this.#held;
    const [picture, sound] = [video[0], audio[0]];
    if (picture && sound) return picture.timestamp <= sound.timestamp ? video : audio;
    const queue = picture ? video : audio;
    const span = (queue.at(-1)?.timestamp ?? 0) - (queue[0]?.timestamp ?? 0);
    return span > MAX_HELD_MS ? queue : undefined;
  }
}
