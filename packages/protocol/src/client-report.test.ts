import { expect, it } from 'vitest';
import { clientFailureDetails, clientReport, readClientAgent } from './client-report.ts';

it('reads who a client says it is, and leaves out what nobody knows', () => {
  const string = 'os:web_Linux,os_version:6.1: x,sdk:web,sdk_version:0.14.7,env:prod,is_prebuilt:true,odd';
  expect(readClientAgent(string)).toEqual({
    os: 'web_Linux',
    os_version: '6.1: x',
    sdk: 'web',
    sdk_version: '0.14.7',
    is_prebuilt: true,
    string,
  });
  expect(readClientAgent('')).toEqual({ string: '' });
  expect(readClientAgent('x'.repeat(9_000)).string).toHaveLength(500);
});

it('keeps of a failure what is known and of the right form, cut where it is long', () => {
  const read = clientFailureDetails.parse({
    error_code: 4005,
    error_name: 7,
    error_message: 'm'.repeat(9_000),
    is_terminal: 'yes',
    transport_state: 3,
    audio: { maxBitrate: 32, deviceId: 'default', secret: 'x' },
    devices: 'none',
    bitrate: { publish: 1 },
  });
  expect(JSON.parse(JSON.stringify(read))).toEqual({
    error_code: 4005,
    error_message: 'm'.repeat(500),
    transport_state: '3',
    audio: { maxBitrate: 32, deviceId: 'default' },
  });
  expect(clientReport.parse({ event: 'join.failed', payload: 1, peer: 'x' })).toMatchObject({ payload: 1 });
});
