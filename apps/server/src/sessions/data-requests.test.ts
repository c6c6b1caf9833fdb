import { describe, expect, it } from 'vitest';
import { readDataRequest } from './data-requests.ts';

const nested = '['.repeat(7_000) + ']'.repeat(7_000);

describe('readDataRequest', () => {
  it('SIG93: answers what it can name, and never repeats what a stranger made up', () => {
    const params = { track_id: 't', max_spatial_layer: 'low' };
    const request = { id: '1', method: 'prefer-video-track-state', params };
    expect(readDataRequest(JSON.stringify(request))).toEqual({ kind: 'request', id: '1', request });
    expect(readDataRequest(JSON.stringify({ ...request, params: { ...params, track_id: 7 } }))).toMatchObject({
      kind: 'refused',
      id: '1',
      error: { code: 400, message: expect.stringMatching(/^request: params\.track_id: .*got 7$/) },
    });
    for (const id of [{ a: 1 }, 'x'.repeat(129), null, undefined]) {
      expect(readDataRequest(JSON.stringify({ ...request, id }))).toEqual({ kind: 'ignored' });
    }
  });

  it('SIG90: nothing deep or long is parsed', () => {
    const deep = `{"id":"1","method":"prefer-video-track-state","params":{"track_id":${nested}}}`;
    expect(readDataRequest(deep)).toMatchObject({ kind: 'refused', id: '1', error: { code: 400 } });
    expect(readDataRequest(`{"id":${nested},"method":"x"}`)).toEqual({ kind: 'ignored' });
    expect(readDataRequest(`{"id":"1","method":"${'x'.repeat(17_000)}"}`)).toMatchObject({
      kind: 'refused',
      id: '1',
      error: { code: 413 },
    });
  });
});
