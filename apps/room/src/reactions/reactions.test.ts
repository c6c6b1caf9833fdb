import { describe, expect, it } from 'vitest';
import { type Flight, MOST_FLIGHTS, REACTIONS, readReaction, withFlight, writeReaction } from './reactions.ts';

describe('reactions', () => {
  it.each(REACTIONS)('$id is read as it was written', (reaction) => {
    expect(readReaction(writeReaction(reaction, 'p'))).toBe(reaction);
  });

  it.each(['', 'clap', '7', 'null', '{}', '{"emojiId":7}', '{"emojiId":"toString"}', '{"emojiId":"clap"'])(
    '%j is none',
    (payload) => {
      expect(readReaction(payload)).toBeUndefined();
    },
  );

  it('fly side by side, so many at most', () => {
    let flights: readonly Flight[] = [];
    for (let key = 1; key <= 100; key++) flights = withFlight(flights, { key, glyph: '👏', name: 'Bo' });
    expect(flights).toHaveLength(MOST_FLIGHTS);
    expect(flights.at(-1)?.key).toBe(100);
    const places = flights.map(({ across }) => across).sort((a, b) => a - b);
    const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(0.3 / MOST_FLIGHTS);
    expect(Math.max(...gaps)).toBeLessThan(3 / MOST_FLIGHTS);
  });
});
