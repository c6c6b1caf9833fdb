import { expect, it } from 'vitest';
import { readSettings } from './settings.ts';

const TOKEN = { AMPHI_ORIGIN_INGEST_TOKEN: '0123456789abcdef' };

it('has defaults for all but the token', () => {
  expect(readSettings({ PATH: '/bin', ...TOKEN })).toEqual({
    host: '0.0.0.0',
    port: 8090,
    ingestToken: '0123456789abcdef',
    mediaDir: undefined,
    playbackKeyFile: undefined,
    maxStreams: undefined,
    maxWaitingPerStream: undefined,
    logLevel: 'info',
  });
});

it.each([
  [{ AMPHI_ORIGIN_INGEST_TOKEN: '' }, /INGEST_TOKEN: is missing; allowed: 16 characters/],
  [{ AMPHI_ORIGIN_INGEST_TOKEN: 'short' }, /INGEST_TOKEN: too short/],
  [{ ...TOKEN, AMPHI_ORIGIN_PORT: '70000' }, /PORT: got 70000; allowed: a whole number from 0 to 65535/],
  [{ ...TOKEN, AMPHI_ORIGIN_PORT: '80a' }, /PORT: got 80a/],
  [{ ...TOKEN, AMPHI_ORIGIN_LOG_LEVEL: 'loud' }, /LOG_LEVEL: got loud; allowed: debug/],
  [{ ...TOKEN, AMPHI_ORIGIN_PROT: '1' }, /AMPHI_ORIGIN_PROT: is not a setting; allowed: AMPHI_ORIGIN_HOST/],
])('names variable, value and what is allowed: %j', (env, message) => {
  expect(() => readSettings(env)).toThrow(message);
});
