import { defineFuzzTarget, mutatedJson } from '@amphi/testkit/fuzz';
import fc from 'fast-check';
import { makeStudio, startPlatform } from '../platform/platform-server.ts';

const platform = await startPlatform();
const studio = await makeStudio(platform);

const requests: readonly { readonly url: string; readonly bodies: readonly object[] }[] = [
  { url: '/v2/token', bodies: [{ code: 'abc-defg-hij', user_id: 'u' }] },
  {
    url: '/v2/rooms',
    bodies: [{ name: 'room', description: 'd', template_id: 'a'.repeat(24), size: 10, region: 'eu' }],
  },
  { url: `/v2/rooms/${studio.roomId}`, bodies: [{ enabled: true, name: 'n', max_duration_seconds: 900 }] },
  { url: `/v2/room-codes/room/${studio.roomId}`, bodies: [{}] },
  { url: '/v2/room-codes/code', bodies: [{ code: 'abc-defg-hij', enabled: true }] },
  {
    url: `/v2/live-streams/room/${studio.roomId}/start`,
    bodies: [{ destination: 'default', meeting_url: 'https://x' }],
  },
  { url: `/v2/live-streams/room/${studio.roomId}/stop`, bodies: [{}] },
  { url: '/platform/session', bodies: [{ email: 'a@b.example', password: 'p' }, { code: 'c' }] },
];

const request = fc
  .constantFrom(...requests)
  .chain(({ url, bodies }) => fc.record({ url: fc.constant(url), body: mutatedJson(bodies) }));

/** Bodies of REST and of the dashboard's API: served or refused, never a fault of ours, never the runtime's words. */
export default defineFuzzTarget({
  inputs: request,
  inputsInTests: 150,
  async check({ url, body }) {
    const answer = await platform.web.inject({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${studio.managementToken}`,
        host: 'localhost',
      },
      payload: body,
    });
    if (answer.statusCode >= 500) throw new Error(`${answer.statusCode}: ${answer.body.slice(0, 300)}`);
    if (/call stack|is not a function|at .*\.ts:/.test(answer.body))
      throw new Error(`words of the runtime: ${answer.body}`);
  },
  close: () => platform.close(),
});
