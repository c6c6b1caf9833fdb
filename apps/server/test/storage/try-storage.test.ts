import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StorageTestResult } from '@amphi/protocol';
import { type S3Server, startS3Server } from '@amphi/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from '../platform/platform-server.ts';

/** A bucket that is tried before it is saved. */

const SECRET = 'a secret that is told to nobody';
const HEADERS = { host: 'localhost:8080', origin: 'http://localhost:8080', 'content-type': 'application/json' };

let storage: S3Server;
/** May call addresses of this machine. */
let open: PlatformServer;
/** May not. */
let strict: PlatformServer;

beforeAll(async () => {
  storage = await startS3Server();
  open = await startPlatform({ settings: { recordings: { allowPrivateAddresses: true } } });
  strict = await startPlatform();
});
afterAll(async () => {
  await open.close();
  await strict.close();
  await storage.stop();
});

/** An owner before the form of their app. */
async function ownerOf(platform: PlatformServer) {
  const studio = await makeStudio(platform);
  const email = `of-${studio.app.id}@example.org`;
  const { id } = await platform.store.owners.create({ workspaceId: studio.workspaceId, email });
  const code = await platform.accounts.newSignInCode(id);
  const url = '/platform/session/one-time';
  const signedIn = await platform.web.inject({ method: 'POST', url, headers: HEADERS, payload: { code } });
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!;
  const send = async (path: string, payload: object) => {
    const answer = await platform.web.inject({
      method: 'POST',
      url: `/platform${path}`,
      headers: { ...HEADERS, cookie },
      payload,
    });
    return { status: answer.statusCode, body: answer.json<{ result: StorageTestResult; message?: string }>() };
  };
  const attempt = (bucket: object, { app }: Pick<Studio, 'app'> = studio) =>
    send(`/apps/${app.id}/storage/test`, bucket);
  return { studio, send, attempt };
}

function bucket({ secretKey = storage.secretAccessKey, location = storage.bucket, endpoint = storage.endpoint } = {}) {
  return { type: 's3', location, options: { endpoint }, credentials: { key: storage.accessKeyId, secretKey } };
}

it('REC31: tells that it works, or the step that failed with its remedy, and no secret', async () => {
  const { attempt } = await ownerOf(open);
  expect(await attempt(bucket())).toEqual({ status: 200, body: { result: { ok: true } } });
  const wrongs = [bucket({ secretKey: SECRET }), bucket({ location: 'nowhere' })];
  const results = await Promise.all(wrongs.map(async (each) => (await attempt(each)).body.result));
  expect(results).toEqual(
    ['Correct the access key', 'Make the bucket'].map((remedy) => ({
      ok: false,
      step: 'write',
      error: expect.stringContaining(storage.endpoint),
      remedy: expect.stringContaining(remedy),
    })),
  );
  expect(JSON.stringify(results)).not.toContain(SECRET);
});

it('REC31: an object that cannot be read is removed all the same', async () => {
  const asked: string[] = [];
  const denied = '<Error><Code>AccessDenied</Code></Error>';
  const server = createServer((request, response) => {
    asked.push(request.method!);
    request.resume();
    request.on('end', () => response.writeHead(request.method === 'GET' ? 403 : 200).end(denied));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { attempt } = await ownerOf(open);
    const { body } = await attempt(bucket({ endpoint }));
    expect(body.result).toMatchObject({ ok: false, step: 'read', remedy: expect.stringContaining('s3:GetObject') });
    expect(asked).toEqual(['PUT', 'GET', 'DELETE']);
  } finally {
    server.close();
  }
});

it('REC31: the saved secret goes for the same key alone', async () => {
  const { studio, send, attempt } = await ownerOf(open);
  const recording = { enabled: false, upload: bucket() };
  const saved = await send(`/v2/templates/${studio.template.id}/settings`, { region: 'eu', recording });
  expect(saved.status).toBe(200);
  expect((await attempt(bucket({ secretKey: '' }))).body.result).toEqual({ ok: true });
  const other = { ...bucket(), credentials: { key: 'another', secretKey: '' } };
  expect((await attempt(other)).body.result).toMatchObject({ ok: false, step: 'write' });
});

it('API7, REC31: no address of this machine is called unless the settings allow it', async () => {
  const { attempt } = await ownerOf(strict);
  for (const endpoint of [storage.endpoint, 'http://localhost:9', 'http://[::1]:9', 'http://169.254.169.254']) {
    const { body } = await attempt(bucket({ endpoint }));
    expect(body.result, endpoint).toMatchObject({ ok: false, step: 'write' });
    expect(body.result.error, endpoint).toContain('is not a public address');
  }
});

it('API1, API4, REC31: is of the own app, of a bucket that may be saved, and not over and over', async () => {
  const { attempt } = await ownerOf(strict);
  expect((await attempt(bucket(), await makeStudio(strict))).status).toBe(404);
  const refused = await attempt({ ...bucket(), type: 'gs' });
  expect([refused.status, refused.body.message]).toEqual([400, expect.stringContaining('type: s3')]);
  const statuses = [];
  for (let n = 0; n < 11; n++) statuses.push((await attempt(bucket())).status);
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
});
