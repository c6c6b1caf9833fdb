import { describe, expect, it } from 'vitest';
import { declinerOf } from './declined-invitation.ts';

describe('a declined invitation', () => {
  it('names who declined', () => {
    expect(declinerOf('{"peerName":"Vera","role":"guest"}')).toBe('Vera');
  });

  it.each(['', 'null', '7', '[]', '{}', '{"peerName":7}', '{"peerName":""}'])('may be %j without a name', (payload) => {
    expect(declinerOf(payload)).toBeUndefined();
  });
});
