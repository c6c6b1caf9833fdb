/** A connection has a few dozen candidates at most; of more the oldest are dropped. */
const MAX_HELD = 128;

/** ICE candidates that come before whoever is to get them can take any (client protocol, 5.8). */
export class HeldCandidates {
  readonly #deliver: (candidate: RTCIceCandidateInit) => void;
  #held: RTCIceCandidateInit[] | undefined = [];

  constructor(deliver: (candidate: RTCIceCandidateInit) => void) {
    this.#deliver = deliver;
  }

  push(candidate: RTCIceCandidateInit): void {
    if (!this.#held) this.#deliver(candidate);
    else if (this.#held.push(candidate) > MAX_HELD) this.#held.shift();
  }

  /** From now on candidates are delivered as they come, those held first. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const candidate of held) this.#deliver(candidate);
  }
}
