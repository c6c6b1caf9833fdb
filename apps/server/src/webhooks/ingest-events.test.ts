import type { IngestEnd } from '@amphi/rooms';
import type { RoomContext } from '@amphi/store';
import { expect, it } from 'vitest';
import { ingestEvents } from './ingest-events.ts';

const room = { workspaceId: 'w', appId: 'a', roomId: 'r', templateId: 't' } as RoomContext;
const ended = (why: IngestEnd) =>
  ingestEvents({ type: 'ingestEnded', ingestId: 'i', streamId: 's', startedAt: 1_000, why }, 61_000, room);

it.each([
  ['closed', 'stream closed'],
  ['lost', 'reconnection window expired'],
] as const)('ING10: an encoder that has %s is told of once, with the reason', (why, reason) => {
  expect(ended(why)).toMatchObject([{ type: 'ingest.end.success', data: { ingest_id: 'i', duration: 60, reason } }]);
});

it('ING10: a fault of ours is told of before the end that it has led to', () => {
  const of = { account_id: 'w', app_id: 'a', room_id: 'r', template_id: 't', ingest_id: 'i' };
  expect(ended('failed')).toMatchObject([
    { type: 'ingest.failure', data: { ...of, error_message: 'internal error' } },
    { type: 'ingest.end.success', data: { ...of, reason: 'internal error' } },
  ]);
});
