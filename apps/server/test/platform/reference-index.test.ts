import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { operationsOf } from '../security/operations.ts';
import { type PlatformServer, startPlatform } from './platform-server.ts';

/** The index of the public REST API (v2) beside our own description: what is there, and what is left out and why. */

const INDEX = `
POST /rooms
GET /rooms
GET /rooms/{}
POST /rooms/{}
GET /active-rooms/{}
GET /active-rooms/{}/peers
GET /active-rooms/{}/peers/{}
POST /active-rooms/{}/peers/{}
POST /active-rooms/{}/send-message
POST /active-rooms/{}/remove-peers
POST /active-rooms/{}/end-room
POST /room-codes/room/{}
POST /room-codes/room/{}/role/{}
GET /room-codes/room/{}
POST /room-codes/code
POST /templates
GET /templates
GET /templates/{}
POST /templates/{}
GET /templates/{}/roles/{}
POST /templates/{}/roles/{}
DELETE /templates/{}/roles/{}
GET /templates/{}/settings
POST /templates/{}/settings
GET /templates/{}/destinations
POST /templates/{}/destinations
GET /templates/{}/recordings
POST /templates/{}/recordings
POST /live-streams/room/{}/start
POST /live-streams/room/{}/stop
GET /live-streams
GET /live-streams/{}
POST /live-streams/{}/stop
POST /live-streams/{}/timed-metadata
POST /live-streams/{}/pause-recording
POST /live-streams/{}/resume-recording
POST /external-streams/room/{}/start
POST /external-streams/room/{}/stop
GET /external-streams
GET /external-streams/{}
POST /external-streams/{}/stop
POST /recordings/room/{}/start
POST /recordings/room/{}/stop
POST /recordings/room/{}/pause
POST /recordings/room/{}/resume
GET /recordings
GET /recordings/{}
POST /recordings/{}/stop
GET /recording-assets
GET /recording-assets/{}
GET /recording-assets/{}/presigned-url
POST /stream-keys/room/{}
GET /stream-keys/room/{}
POST /stream-keys/room/{}/disable
GET /sessions
GET /sessions/{}
POST /polls
GET /polls/{}
POST /polls/{}
POST /polls/{}/questions/{}
DELETE /polls/{}/questions/{}
POST /polls/{}/questions/{}/options/{}
DELETE /polls/{}/questions/{}/options/{}
GET /polls/{}/sessions
GET /polls/{}/responses
GET /polls/{}/responses/{}
GET /polls/{}/results
GET /polls/{}/results/{}
GET /analytics/events
GET /analytics/webhooks
POST /analytics/webhooks/replay
GET /analytics/webhooks/replay/{}
GET /analytics/peer-stats
POST /sip/outbound/trunks
POST /sip/outbound/trunks/{}
POST /sip/outbound/call
POST /sip/dtmf
`
  .trim()
  .split('\n');

/** What of the index is not there, and why; `docs/api.md` says the same to those who would call it. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'there is no telephony': [
    'POST /sip/outbound/trunks',
    'POST /sip/outbound/trunks/{}',
    'POST /sip/outbound/call',
    'POST /sip/dtmf',
  ],
};

let platform: PlatformServer;
let served: ReadonlySet<string>;

beforeAll(async () => {
  platform = await startPlatform();
  const operations = await operationsOf(platform);
  served = new Set(
    operations
      .filter(({ path }) => path.startsWith('/v2/'))
      .map(({ method, path }) => `${method} ${path.slice('/v2'.length).replaceAll(/\{\w+\}/g, '{}')}`),
  );
});
afterAll(() => platform.close());

it('the public API is there but for what is left out by name, and nothing is called left out that is there', () => {
  const leftOut = Object.values(LEFT_OUT).flat();
  expect(INDEX.filter((operation) => !served.has(operation)).sort()).toEqual([...leftOut].sort());
});

it('what is left out is said where people look for it, with the reason', async () => {
  const page = await readFile(fileURLToPath(new URL('../../../../docs/api.md', import.meta.url)), 'utf8');
  for (const [reason, operations] of Object.entries(LEFT_OUT)) {
    const line = page.split('\n').find((text) => text.startsWith('|') && text.includes(reason));
    expect(line, reason).toBeDefined();
    for (const operation of operations) {
      const [method, path] = operation.split(' ');
      expect(line, operation).toContain(`${method} /v2${path}`);
    }
  }
});
