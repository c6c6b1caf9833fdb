import type { Catalogue } from '../words/en.ts';

/** A feeling that flies over the picture; it is named in the catalogue of words. Ids and the type of the event are those that other ready-made rooms use. */
export interface Reaction {
  readonly id: keyof Catalogue['reactions']['names'];
  readonly glyph: string;
}

export const REACTION_EVENT = 'EMOJI_REACTION';

export const REACTIONS: readonly Reaction[] = [
  { id: '+1', glyph: '👍' },
  { id: '-1', glyph: '👎' },
  { id: 'wave', glyph: '👋' },
  { id: 'clap', glyph: '👏' },
  { id: 'fire', glyph: '🔥' },
  { id: 'tada', glyph: '🎉' },
  { id: 'heart_eyes', glyph: '😍' },
  { id: 'joy', glyph: '😂' },
  { id: 'open_mouth', glyph: '😮' },
  { id: 'sob', glyph: '😭' },
];

export function writeReaction(reaction: Reaction, senderId: string): string {
  return JSON.stringify({ type: REACTION_EVENT, emojiId: reaction.id, senderId });
}

/** @returns undefined for what is no reaction that we know: anyone can send anything */
export function readReaction(payload: string): Reaction | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    const id = typeof value === 'object' && value !== null && 'emojiId' in value ? value.emojiId : undefined;
    return REACTIONS.find((reaction) => reaction.id === id);
  } catch {
    return undefined;
  }
}

/** One that is in the air. */
export interface Flight {
  readonly key: number;
  readonly glyph: string;
  readonly name: string;
  /** Place across the picture, 0 to 1. */
  readonly across: number;
}

/** More at once are a blur; the oldest go. */
export const MOST_FLIGHTS = 24;

/** Each begins beside the one before, so that few lie on one another. */
export function withFlight(flights: readonly Flight[], next: Omit<Flight, 'across'>): readonly Flight[] {
  return [...flights, { ...next, across: (next.key * GOLDEN) % 1 }].slice(-MOST_FLIGHTS);
}

/** Multiples of it, modulo 1, are spread evenly however many there are. */
const GOLDEN = 0.618_034;
