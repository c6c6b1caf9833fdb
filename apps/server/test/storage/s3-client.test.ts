import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@amphi/base';
import { type S3Server, startS3Server } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkStorage, reportStorage } from '../../src/object-storage/check-storage.ts';
import { S3Client } from '../../src/object-storage/s3-client.ts';
import { S3Error } from '../../src/object-storage/s3-error.ts';
import type { S3Target } from '../../src/object-storage/s3-target.ts';
import { uploadFile } from '../../src/object-storage/upload-file.ts';
import { collectingLogger } from '../sessions/collecting-logger.ts';

/** The S3 API of a storage that is another program's, and answers of storages as their documents have them. */

const MIB = 2 ** 20;
const SECRET = 'a secret that is told to nobody';

let storage: S3Server;
let target: S3Target;
let folder: string;

beforeAll(async () => {
  storage = await startS3Server();
  folder = await mkdtemp(join(tmpdir(), 'amphi-upload-'));
  const { endpoint, bucket, accessKeyId, secretAccessKey } = storage;
  target = { endpoint, bucket, accessKeyId, secretAccessKey, region: 'us-east-1', prefix: '', allowPrivate: true };
});
afterAll(async () => {
  await storage.stop();
  await rm(folder, { recursive: true, force: true });
});

const problemOf = async (change: Partial<S3Target>): Promise<S3Error> => {
  const problem = await checkStorage({ ...target, ...change }, systemClock);
  if (!problem) throw new Error('nothing is wrong with it');
  return problem;
};

/** Answers everything alike. */
async function answering(status: number, body: string, headers: Record<string, string> = {}): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(status, headers).end(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('files in a storage', () => {
  it('REC21: a large one comes in parts, whole, under any name, and is read by a signed address', async () => {
    const client = new S3Client(target, systemClock);
    const path = join(folder, 'large.mp4');
    const content = randomBytes(11 * MIB + 7);
    await writeFile(path, content);
    const key = "über 100 % + (you & me)/it's.mp4";
    let paced = 0;
    const pace = async (bytes: number): Promise<void> => {
      paced += bytes;
    };
    await uploadFile(client, { key, path, contentType: 'video/mp4' }, { pace, partBytes: 5 * MIB });
    expect(paced).toBe(content.length);
    expect(await client.sizeOf(key)).toBe(content.length);
    const url = await client.presign(key, { validFor: 60, fileName: 'Rec-1.mp4' });
    const got = await fetch(url, { headers: { range: 'bytes=5242870-5242889' } });
    expect(got.status).toBe(206);
    expect(Buffer.from(await got.arrayBuffer()).equals(content.subarray(5242870, 5242890))).toBe(true);
    expect(got.headers.get('content-disposition')).toBe('attachment;filename="Rec-1.mp4"');
    expect(got.headers.get('content-type')).toBe('video/mp4');
    expect((await fetch(url.replace(/.$/, (end) => (end === '0' ? '1' : '0')))).status).toBe(403);
    await client.remove(key);
    expect(await client.sizeOf(key)).toBeUndefined();
    client.close();
  });

  it('REC21: what the storage says it took and does not have is not taken for there', async () => {
    const server = await answering(200, '', { etag: '"1"', 'content-length': '0' });
    const client = new S3Client({ ...target, endpoint: addressOf(server) }, systemClock);
    const path = join(folder, 'small.mp4');
    await writeFile(path, 'small');
    const upload = uploadFile(client, { key: 'k', path, contentType: 'video/mp4' });
    await expect(upload).rejects.toMatchObject({
      code: 's3_refused',
      message: expect.stringContaining('of the 5 bytes'),
    });
    client.close();
    server.close();
  });

  it('REC21: an end that comes with an error is none, and the upload is given up there', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url?.split('?')[1]}`);
      request.resume();
      request.on('end', () => {
        if (request.url?.endsWith('uploads=')) return response.end('<a><UploadId>u&amp;1</UploadId></a>');
        if (request.method === 'PUT') return response.setHeader('etag', '"t"').end();
        if (request.method === 'DELETE') return response.writeHead(204).end();
        return response.end('<Error><Code>InternalError</Code></Error>');
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = new S3Client({ ...target, endpoint: addressOf(server) }, systemClock);
    const path = join(folder, 'parts.mp4');
    await writeFile(path, Buffer.alloc(2 * MIB));
    const upload = uploadFile(client, { key: 'k', path, contentType: 'video/mp4' }, { partBytes: MIB });
    await expect(upload).rejects.toBeInstanceOf(S3Error);
    expect(asked.at(-1)).toBe('DELETE uploadId=u%261');
    client.close();
    server.close();
  });
});

describe('settings that are wrong', () => {
  it('REC24: a storage that takes files and gives them back is told as that', async () => {
    expect(await checkStorage(target, systemClock)).toBeUndefined();
    expect(await storage.files()).toEqual([]);
    await reportStorage({ target, clock: systemClock, logger: silentLogger });
  });

  it('REC24: a bucket that is not there, a key or secret that is wrong, each has its code and remedy', async () => {
    expect(await problemOf({ bucket: 'elsewhere' })).toMatchObject({
      code: 's3_bucket_missing',
      message: expect.stringContaining('"elsewhere"'),
      remedy: 'Make the bucket, or correct its name.',
    });
    expect(await problemOf({ accessKeyId: 'NOBODY' })).toMatchObject({ code: 's3_bad_key' });
    const wrong = await problemOf({ secretAccessKey: SECRET });
    expect(wrong).toMatchObject({ code: 's3_bad_key', remedy: expect.stringContaining('Correct the access key') });
    expect(JSON.stringify([wrong, wrong.message, wrong.stack])).not.toContain(SECRET);
  });

  it('REC24: one that cannot be reached, by name or port, has its own', async () => {
    expect(await problemOf({ endpoint: 'http://127.0.0.1:1' })).toMatchObject({
      code: 's3_unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
      remedy: 'Does the storage run, and is its port open to this machine?',
    });
    expect(await problemOf({ endpoint: 'http://storage.invalid' })).toMatchObject({
      code: 's3_unreachable',
      remedy: 'Check the host name of the endpoint, and its DNS entry.',
    });
  });

  it.each([
    [
      400,
      '<Error><Code>AuthorizationHeaderMalformed</Code><Message>…</Message><Region>eu-west-3</Region></Error>',
      's3_wrong_region',
      'Set the region to eu-west-3.',
    ],
    [301, '<Error><Code>PermanentRedirect</Code></Error>', 's3_wrong_region', 'Set the region to eu-north-1.'],
    [307, '', 's3_wrong_region', 'Set endpoint and region to those of the bucket.'],
    [403, '<Error><Code>AccessDenied</Code></Error>', 's3_denied', 's3:PutObject'],
    [403, '<Error><Code>RequestTimeTooSkewed</Code></Error>', 's3_clock', 'Set the clock'],
    [503, '<Error><Code>SlowDown</Code></Error>', 's3_unavailable', 'Its own log'],
    [200, '<html>a page of the storage</html>', 's3_refused', 'Look at the storage'],
    [405, '<html>no</html>', 's3_refused', 'not of its web page'],
  ])('REC24: %i %s is %s', async (status, body, code, remedy) => {
    const server = await answering(status, body, { 'x-amz-bucket-region': 'eu-north-1' });
    const { logger, entries } = collectingLogger();
    await reportStorage({ target: { ...target, endpoint: addressOf(server) }, clock: systemClock, logger });
    expect(entries).toMatchObject([{ level: 'warn', fields: { code, remedy: expect.stringContaining(remedy) } }]);
    server.closeAllConnections();
    server.close();
  });

  it.each(['http://127.0.0.1:9000', 'http://localhost:9000', 'http://169.254.169.254', 'http://[::1]:9000'])(
    'REC25: %s of somebody who may not name it is not called',
    async (endpoint) => {
      expect(await problemOf({ endpoint, allowPrivate: false })).toMatchObject({
        code: 's3_private_address',
        remedy: expect.stringContaining('recordings.allowPrivateAddresses'),
      });
    },
  );
});
