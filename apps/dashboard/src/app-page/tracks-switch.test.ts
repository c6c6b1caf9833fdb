import { recordingConfiguration } from '@amphi/protocol';
import { expect, it } from 'vitest';
import { recordsTracks, withTracks } from './tracks-switch.ts';

const roles = [
  { name: 'viewer', publishes: [] },
  { name: 'host', publishes: ['audio'] },
] as const;

it('DSH9: recording of tracks is switched beside all else that is said of recordings', () => {
  const parsed = recordingConfiguration.parse({
    ...{ name: 'evening', role: 'guest', maxDuration: 900 },
    compositeRecording: { browserComposite: { autoStart: true } },
  });
  expect(recordsTracks([parsed])).toBe(false);
  const on = withTracks([parsed], true, roles);
  expect(on).toEqual([{ ...parsed, trackRecording: { enabled: true } }]);
  expect(recordsTracks(on)).toBe(true);
  expect(withTracks(on, false, roles)).toEqual([parsed]);
});

it('DSH9: where nothing is said of recordings yet, a role that publishes is named', () => {
  expect(recordsTracks([])).toBe(false);
  expect(withTracks([], true, roles)).toMatchObject([
    { name: 'default', role: 'host', trackRecording: { enabled: true } },
  ]);
});
