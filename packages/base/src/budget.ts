import { type Rate, TokenBucket } from './token-bucket.ts';
import type { Millis } from './units.ts';

/**
 * What one of many may cost: a request is charged to several limits by a key each (its address, its token, its room),
 * all or nothing. Pure; time comes with each call. Nothing is allocated for what is allowed and known.
 */
export interface Limit {
  /** For people, in refusals: "wrong codes of this address". */
  readonly name: string;
  /** How long `key` has to wait before `cost` is allowed; 0: it is. */
  waitMs(key: string, now: Millis, cost: number): Millis;
  spend(key: string, now: Millis, cost: number): void;
}

/** Who pays how much to which limit. Whoever charges often keeps the object, and sets `cost` in place. */
export interface Charge {
  readonly limit: Limit;
  readonly key: string;
  /** Default: 1. */
  cost?: number;
}

/** Why something is not allowed now. */
export interface Refusal {
  /** Name of the limit that holds longest. */
  readonly limit: string;
  readonly retryAfterMs: Millis;
}

/** Charges all, or nobody. @returns the refusal, when there is one */
export function charge(charges: readonly Charge[], now: Millis): Refusal | undefined {
  const refusal = refusalOf(charges, now);
  if (refusal) return refusal;
  for (const { limit, key, cost } of charges) limit.spend(key, now, cost ?? 1);
  return undefined;
}

/** What `charge` would answer; charges nobody. */
export function refusalOf(charges: readonly Charge[], now: Millis): Refusal | undefined {
  let longest: Limit | undefined;
  let retryAfterMs = 0;
  for (const { limit, key, cost } of charges) {
    const wait = limit.waitMs(key, now, cost ?? 1);
    if (wait <= retryAfterMs) continue;
    retryAfterMs = wait;
    longest = limit;
  }
  return longest && { limit: longest.name, retryAfterMs };
}

const DEFAULT_MAX_KEYS = 10_000;

/**
 * A token bucket for each key. Full buckets are forgotten when there is no room for another key, and if that is not
 * enough the fullest: a crowd of fresh keys takes the place of other fresh keys, never of one that is deep in debt.
 */
export class Buckets implements Limit {
  readonly name: string;
  readonly #rate: Rate;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: { readonly name: string; readonly rate: Rate; readonly maxKeys?: number }) {
    this.name = options.name;
    this.#rate = options.rate;
    this.#maxKeys = options.maxKeys ?? DEFAULT_MAX_KEYS;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Who has not spent anything is not remembered for asking. */
  waitMs(key: string, now: Millis, cost = 1): Millis {
    return this.#buckets.get(key)?.waitMs(now, cost) ?? 0;
  }

  spend(key: string, now: Millis, cost = 1): void {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= this.#maxKeys) makeRoom(this.#buckets, this.#maxKeys, (kept) => kept.missing(now));
      bucket = new TokenBucket(this.#rate, now);
      this.#buckets.set(key, bucket);
    }
    bucket.spend(now, cost);
  }

  /** Undoes a `spend` that turned out not to count. */
  giveBack(key: string, now: Millis, cost = 1): void {
    this.#buckets.get(key)?.giveBack(now, cost);
  }

  take(key: string, now: Millis, cost = 1): boolean {
    if (this.waitMs(key, now, cost) > 0) return false;
    this.spend(key, now, cost);
    return true;
  }
}

/** How long a key is shut out. */
export interface PenaltyRule {
  /** The first time; each time after that, while it is remembered, twice as long. */
  readonly firstMs: Millis;
  readonly maxMs: Millis;
  /** One time is forgotten for so long a time without another, counted from the end of the last. */
  readonly forgetMs: Millis;
}

interface Offence {
  at: Millis;
  lengthMs: Millis;
  /** Times that were remembered at `at`, this one among them. */
  times: number;
}

/**
 * Shuts out keys that went beyond what is borne: longer each time, whatever connection they come back by. When there
 * is no room for another key, those are forgotten first that are in penalty no more, then those soonest let in.
 */
export class Penalties implements Limit {
  readonly name: string;
  readonly #rule: PenaltyRule;
  readonly #maxKeys: number;
  readonly #offences = new Map<string, Offence>();

  constructor(options: { readonly name: string; readonly rule: PenaltyRule; readonly maxKeys?: number }) {
    this.name = options.name;
    this.#rule = options.rule;
    this.#maxKeys = options.maxKeys ?? DEFAULT_MAX_KEYS;
  }

  get size(): number {
    return this.#offences.size;
  }

  /** Shuts `key` out, again or for longer. @returns for how long */
  punish(key: string, now: Millis): Millis {
    const known = this.#offences.get(key);
    const times = 1 + (known ? this.#remembered(known, now) : 0);
    const lengthMs = Math.min(this.#rule.maxMs, this.#rule.firstMs * 2 ** (times - 1));
    if (known) {
      known.at = now;
      known.lengthMs = lengthMs;
      known.times = times;
      return lengthMs;
    }
    if (this.#offences.size >= this.#maxKeys) {
      // Weighed by what is left of the penalty, then by what is remembered.
      makeRoom(this.#offences, this.#maxKeys, (kept) => left(kept, now) + this.#remembered(kept, now));
    }
    this.#offences.set(key, { at: now, lengthMs, times });
    return lengthMs;
  }

  waitMs(key: string, now: Millis): Millis {
    const offence = this.#offences.get(key);
    return offence ? left(offence, now) : 0;
  }

  /** Being let in costs nothing. */
  spend(): void {}

  #remembered(offence: Offence, now: Millis): number {
    const since = now - offence.at - offence.lengthMs;
    return since <= 0 ? offence.times : Math.max(0, offence.times - Math.floor(since / this.#rule.forgetMs));
  }
}

/** A clock that is set back makes no penalty longer. */
function left(offence: Offence, now: Millis): Millis {
  if (now < offence.at) offence.at = now;
  return Math.max(0, offence.at + offence.lengthMs - now);
}

/**
 * Forgets entries of weight 0, then the lightest, until an eighth of the room is free: many at once, so that a new key
 * does not cost a search each time.
 */
function makeRoom<T>(entries: Map<string, T>, maxKeys: number, weightOf: (entry: T) => number): void {
  const heavy: { readonly key: string; readonly weight: number }[] = [];
  for (const [key, entry] of entries) {
    const weight = weightOf(entry);
    if (weight > 0) heavy.push({ key, weight });
    else entries.delete(key);
  }
  const kept = Math.floor((maxKeys * 7) / 8);
  if (heavy.length <= kept) return;
  heavy.sort((a, b) => a.weight - b.weight);
  for (const { key } of heavy.slice(0, heavy.length - kept)) entries.delete(key);
}
