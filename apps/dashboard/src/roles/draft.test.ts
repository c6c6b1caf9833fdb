import { role } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import {
  layersOfRole,
  newRole,
  problemsOf,
  withHearing,
  withKind,
  withLayer,
  withLayerCount,
  withPublish,
} from './draft.ts';

const host = role.parse({ name: 'host', publishParams: { allowed: ['screen'] } });

describe('a role that is edited', () => {
  it('begins as one who watches, and is right', () => {
    expect(newRole('guest')).toMatchObject({ name: 'guest', publishParams: { allowed: [] } });
    expect(problemsOf(newRole('guest'))).toEqual({});
  });

  it('keeps what may be sent in one order', () => {
    expect(withKind(withKind(host, 'video', true), 'audio', true).publishParams.allowed).toEqual([
      'audio',
      'video',
      'screen',
    ]);
    expect(withKind(host, 'screen', false).publishParams.allowed).toEqual([]);
  });

  it('gets layers from the usual ones, and keeps those it has', () => {
    const three = withLayer(withLayerCount(host, 3), 1, { maxBitrate: 333 });
    expect(layersOfRole(three).map(({ rid, maxBitrate }) => [rid, maxBitrate])).toEqual([
      ['f', 700],
      ['h', 333],
      ['q', 100],
    ]);
    expect(layersOfRole(withLayerCount(three, 2)).map(({ maxBitrate }) => maxBitrate)).toEqual([700, 333]);
    expect(layersOfRole(withLayerCount(three, 1))).toEqual([]);
    expect(problemsOf(three)).toEqual({});
  });

  it('hears another once, or not', () => {
    const hears = withHearing(withHearing(host, 'guest', true), 'guest', true);
    expect(hears.subscribeParams.subscribeToRoles).toEqual(['guest']);
    expect(withHearing(hears, 'guest', false).subscribeParams.subscribeToRoles).toEqual([]);
  });

  it('names the field that the server would refuse', () => {
    const wrong = withLayer(withLayerCount(withPublish(host, 'video', { width: 4000 }), 2), 1, {
      scaleResolutionDownBy: 1,
    });
    const problems = problemsOf(wrong);
    expect(problems['publishParams.video.width']).toMatch(/1920/);
    expect(problems['publishParams.simulcast.video.layers.1.scaleResolutionDownBy']).toMatch(/more than the 1/);
  });
});
