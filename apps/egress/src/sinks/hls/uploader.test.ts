import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@amphi/base';
import { waitFor } from '@amphi/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { IngestUploader, type PartUpload } from './uploader.ts';

/** Requests in the order they came whole, as `rendition msn.part`; `answer` says with which status each is answered. */
let seen: string[];
let answer: (request: string) => number | Promise<number>;
let server: Server;
let uploader: IngestUploader;
let failures: string[];
let sent: string[];

beforeEach(async () => {
  seen = [];
  failures = [];
  sent = [];
  answer = () => 204;
  server = createServer((request, response) => {
    request.resume();
    request.on('end', async () => {
      if (request.method === 'PUT' && nameOf(request) === undefined) {
        response.end(JSON.stringify({ generation: 0, nextMsn: 0 }));
        return;
      }
      const name = nameOf(request) ?? 'end';
      seen.push(name);
      response.writeHead(await answer(name));
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  uploader = new IngestUploader({
    ingestUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ingest`,
    token: 't',
    streamId: 's',
    logger: silentLogger,
    onFailure: ({ code }) => failures.push(code),
    onSent: (renditionId) => sent.push(renditionId),
  });
});

afterEach(async () => {
  uploader.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function nameOf({ url }: IncomingMessage): string | undefined {
  const match = /renditions\/(\w+)\/parts\/(\d+)\/(\d+)/.exec(url ?? '');
  return match ? `${match[1]} ${match[2]}.${match[3]}` : undefined;
}

const attach = () =>
  uploader.attach({ targetDurationSeconds: 1, playlistType: 'live', windowSegments: 3, renditions: [] });

const part = (renditionId: string, number: number): PartUpload => ({
  renditionId,
  msn: 0,
  part: number,
  data: Uint8Array.of(number),
  durationSeconds: 1 / 3,
  independent: true,
  last: false,
  programDateTimeMs: 0,
});

it('EG15: parts go in order, each rendition on its own, and one that failed goes again before the next', async () => {
  await attach();
  const failed = new Set<string>();
  answer = (name) => {
    if (name !== 'v 0.1' || failed.has(name)) return 204;
    failed.add(name);
    return 503;
  };
  for (const number of [0, 1, 2]) uploader.sendPart(part('v', number));
  for (const number of [0, 1]) uploader.sendPart(part('a', number));
  await uploader.end();
  expect(seen.filter((name) => name.startsWith('v'))).toEqual(['v 0.0', 'v 0.1', 'v 0.1', 'v 0.2']);
  expect(seen.filter((name) => name.startsWith('a'))).toEqual(['a 0.0', 'a 0.1']);
  expect(seen.at(-1)).toBe('end');
  expect(sent.filter((id) => id === 'v')).toHaveLength(3);
  expect(failures).toEqual([]);
});

it('EG15: a rendition that waits does not hold up the others', async () => {
  await attach();
  let release = (_status: number): void => {};
  const held = new Promise<number>((resolve) => {
    release = resolve;
  });
  answer = (name) => (name === 'v 0.0' ? held : 204);
  uploader.sendPart(part('v', 0));
  uploader.sendPart(part('a', 0));
  await waitFor('the sound is there', () => sent.includes('a'));
  expect(sent).toEqual(['a']);
  release(204);
  await uploader.drain();
  expect(sent).toEqual(['a', 'v']);
});

it('EG15: fails with ingest_behind when 32 wait, once, instead of dropping a part', async () => {
  await attach();
  let release = (_status: number): void => {};
  const held = new Promise<number>((resolve) => {
    release = resolve;
  });
  answer = () => held;
  for (let number = 0; number < 32; number++) uploader.sendPart(part('v', number));
  expect(failures).toEqual([]);
  for (let number = 32; number < 40; number++) uploader.sendPart(part('v', number));
  expect(failures).toEqual(['ingest_behind']);
  release(204);
});

it('EG20 CL12: what the origin refuses is not sent again, and ends the stream', async () => {
  await attach();
  answer = () => 410;
  uploader.sendPart(part('v', 0));
  await waitFor('the failure', () => failures.length > 0);
  expect(failures).toEqual(['ingest_refused']);
  expect(seen).toEqual(['v 0.0']);
});

it('CL11: has nothing to end before it attached', async () => {
  await uploader.end();
  expect(seen).toEqual([]);
});
