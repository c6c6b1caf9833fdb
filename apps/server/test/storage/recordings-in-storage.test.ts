import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@amphi/base';
import type { CursorList, PresignedUrl, RecordingAssetObject, RecordingObject, TemplateBody } from '@amphi/protocol';
import { newObjectId } from '@amphi/store';
import { type S3Server, startS3Server, waitFor } from '@amphi/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { storageCheck } from '../../src/doctor/checks/storage.ts';
import { DiskArchive } from '../../src/recordings/disk-archive.ts';
import type { Finalise } from '../../src/recordings/finaliser.ts';
import { UploadTargets } from '../../src/recordings/upload-targets.ts';
import { settingsSchema } from '../../src/settings.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from '../platform/platform-server.ts';
import { Receiver } from '../platform/receiver.ts';
import { type RestClient, restClient } from '../platform/rest-client.ts';
import { collectingLogger } from '../sessions/collecting-logger.ts';

/** Recordings whose files are kept in an S3 storage: another program, which the tests kill and start again. */

const RUN = '1767604206000';
const MIB = 2 ** 20;
/** A step of the time in which it is tried again; signatures of another time than the storage's, by a quarter of an hour, are refused. */
const STEP_MS = 5_000;

let storage: S3Server;
let platform: PlatformServer;
let studio: Studio;
let rest: RestClient;
const { logger, entries } = collectingLogger();

/** What lies there, as the egress program tells of it. */
const finalise: Finalise = async (folder) => ({
  files: await Promise.all(
    (await readdir(folder))
      .filter((name) => name.endsWith('.mp4'))
      .map(async (name) => ({
        name,
        bytes: (await stat(join(folder, name))).size,
        durationSeconds: 61.7,
        width: 1280,
        height: 720,
      })),
  ),
  ...(existsSync(join(folder, 'vod'))
    ? {
        vod: { bytes: 99, durationSeconds: 61.7, width: 1280, height: 720, rungs: 1, thumbnails: ['thumbnails-0.jpg'] },
      }
    : {}),
});

beforeAll(async () => {
  storage = await startS3Server();
  const { endpoint, bucket, accessKeyId, secretAccessKey } = storage;
  platform = await startPlatform({
    logger,
    finalise,
    settings: {
      recordings: { s3: { endpoint, bucket, accessKeyId, secretAccessKey, prefix: '/shows/' } },
      webhooks: { allowPrivateAddresses: true },
    },
  });
  studio = await makeStudio(platform);
  rest = restClient(platform, () => studio.managementToken);
});
afterAll(async () => {
  await platform.close();
  await storage.stop();
});
afterEach(() => {
  entries.length = 0;
});

const folderOf = (id: string): string => join(platform.folder, 'recordings', id);

/** One that was stopped, with its file on the disk. */
async function recorded(content: Buffer | string = 'ftyp and so on', of: Studio = studio): Promise<string> {
  const id = newObjectId();
  const destination = of.template.body.destinations.hlsDestinations.default!;
  const settings = { record: true, rtmpUrls: [], resolution: { width: 1280, height: 720 }, destination };
  const about = { roomId: of.roomId, sessionId: 's-1', node: 'test', destination: 'default', startedBy: '' };
  await platform.store.beams.create({ id, kind: 'recording', ...about, settings });
  await platform.store.beams.update(id, { status: 'post_processing' });
  await mkdir(join(folderOf(id), RUN), { recursive: true });
  await writeFile(join(folderOf(id), RUN, 'v720.mp4'), content);
  return id;
}

/** A stream that was kept for HLS. */
async function streamed(): Promise<string> {
  const id = newObjectId();
  await platform.store.liveStreams.create({
    ...{ id, roomId: studio.roomId, sessionId: 's-1', node: 'test', destination: 'default', startedBy: '' },
    settings: studio.template.body.destinations.hlsDestinations.default!,
    ladder: { layers: [], chosen_by: 'destination', reason: 'named by the destination' },
    ...{ playbackUrl: 'http://localhost/hls/x/master.m3u8', isRecorded: false, hasVod: true },
  });
  await platform.store.liveStreams.update(id, { status: 'post_processing' });
  const folder = join(folderOf(id), RUN, 'vod');
  await mkdir(folder, { recursive: true });
  for (const name of ['master.m3u8', 'v720.m3u8', 'v720.mp4', 'takes.jsonl', 'thumbnails.vtt', 'thumbnails-0.jpg'])
    await writeFile(join(folder, name), `${name} as it is`);
  return id;
}

const read = async (id: string): Promise<RecordingObject> =>
  (await rest.get<RecordingObject>(`/recordings/${id}`)).body;
const completed = (id: string): Promise<RecordingObject> =>
  waitFor('its files are in the storage', async () => {
    const recording = await read(id);
    return recording.status === 'completed' ? recording : undefined;
  });
const assetOf = async (jobId: string): Promise<RecordingAssetObject> => {
  const { data } = (await rest.get<CursorList<RecordingAssetObject>>('/recording-assets?limit=100')).body;
  return data.find(({ job_id }) => job_id === jobId)!;
};
const metrics = async (): Promise<string> =>
  (await platform.web.inject({ method: 'GET', url: '/metrics', remoteAddress: '127.0.0.1' })).body;
const warned = (code: string): Promise<true | undefined> =>
  waitFor(`it is told that ${code}`, () => entries.some(({ fields }) => fields.code === code) || undefined);

describe('recordings in a storage', () => {
  it('REC21 REC23: a file is complete once it is there; it is got by the storage’s own signed address, and no longer here', async () => {
    const receiver = await Receiver.start();
    await platform.store.webhooks.set({
      workspaceId: studio.workspaceId,
      enabled: true,
      url: receiver.url,
      headers: {},
    });
    const content = randomBytes(9 * MIB);
    const id = await recorded(content);
    platform.archive.finalise({ kind: 'beam', id });
    const { recording_assets: assets } = await completed(id);
    const name = `Rec-${studio.roomId}-${RUN}.mp4`;
    const path = `s3://${storage.bucket}/shows/beam/${studio.roomId}/20260105/${name}`;
    expect(assets).toMatchObject([{ status: 'completed', path, upload: { status: 'uploaded', error: null } }]);
    await waitFor('it is not on the disk', () => !existsSync(folderOf(id)));
    expect(await storage.files()).toHaveLength(1);

    const link = await rest.get<PresignedUrl>(`/recording-assets/${assets![0]!.id}/presigned-url?presign_duration=60`);
    expect(link.body).toMatchObject({ path, expiry: 60, url: expect.stringContaining(storage.endpoint) });
    const got = await fetch(link.body.url);
    expect(Buffer.from(await got.arrayBuffer()).equals(content)).toBe(true);
    expect(got.headers.get('content-disposition')).toContain(name);

    // Back ends have a link of ours, which leads there for as long as they were told.
    const told = await waitFor('the back end is told', () =>
      receiver.received.find(({ body }) => body.type === 'beam.recording.success'),
    );
    expect(told.body.data.recording_path).toBe(path);
    const { pathname, search } = new URL(String(told.body.data.recording_presigned_url));
    const answer = await platform.web.inject({ method: 'GET', url: pathname + search });
    expect(answer.statusCode).toBe(302);
    expect((await fetch(answer.headers.location!, { headers: { range: 'bytes=0-3' } })).status).toBe(206);
    const head = await platform.web.inject({ method: 'HEAD', url: pathname + search });
    const headed = await fetch(head.headers.location!, { method: 'HEAD' });
    expect(headed.headers.get('content-length')).toBe(String(content.length));
    await platform.store.webhooks.set({
      workspaceId: studio.workspaceId,
      enabled: false,
      url: receiver.url,
      headers: {},
    });
    await receiver.close();
  });

  it('REC23 REC26: what HLS plays is read by one link: playlists here, media there; it is removed with all of it', async () => {
    const before = (await storage.files()).length;
    const id = await streamed();
    platform.archive.finalise({ kind: 'live_stream', id });
    const asset = await waitFor('it is in the storage', async () => {
      const found = await assetOf(id);
      return found?.status === 'completed' ? found : undefined;
    });
    const folder = `s3://${storage.bucket}/shows/hls/${studio.roomId}/20260105/${RUN}/vod`;
    expect(asset).toMatchObject({ path: `${folder}/master.m3u8`, thumbnails: [`${folder}/thumbnails-0.jpg`] });
    // Without what is nobody's.
    expect(await storage.files()).toHaveLength(before + 5);
    const link = await rest.get<PresignedUrl>(`/recording-assets/${asset.id}/presigned-url`);
    const { pathname } = new URL(link.body.url);
    const got = (name: string) =>
      platform.web.inject({ method: 'GET', url: new URL(name, `http://here${pathname}`).pathname });
    for (const name of ['master.m3u8', 'v720.m3u8', 'thumbnails.vtt']) {
      const { statusCode, body, headers } = await got(name);
      expect([statusCode, body, headers['access-control-allow-origin']]).toEqual([200, `${name} as it is`, '*']);
    }
    for (const name of ['v720.mp4', 'thumbnails-0.jpg']) {
      const { statusCode, headers } = await got(name);
      expect([statusCode, headers['access-control-allow-origin']]).toEqual([302, '*']);
      expect(await (await fetch(headers.location!)).text()).toBe(`${name} as it is`);
    }
    for (const name of ['takes.jsonl', 'v360.mp4', 'other.m3u8']) expect((await got(name)).statusCode, name).toBe(404);
    await waitFor('it is completed', async () => (await rest.get(`/live-streams/${id}`)).body.status === 'completed');
    expect((await rest.delete(`/recording-assets/${asset.id}`)).status).toBe(204);
    expect(await storage.files()).toHaveLength(before);
    expect((await got('master.m3u8')).statusCode).toBe(404);
  });

  it('REC22: while the storage is down, files wait on the disk and are got from there; what waits is told, and brought when it is back', async () => {
    await storage.kill();
    const ids = [await recorded('first'), await recorded('second')];
    for (const id of ids) platform.archive.finalise({ kind: 'beam', id });
    await warned('s3_unreachable');
    const waiting = await waitFor('both are told to wait', async () => {
      const assets = await Promise.all(ids.map(assetOf));
      return assets.every((asset) => asset?.upload?.error) ? assets : undefined;
    });
    expect(waiting[0]).toMatchObject({
      status: 'processing',
      upload: { status: 'waiting', error: expect.stringMatching(/^s3_unreachable: the storage at http/) },
    });
    expect((await read(ids[0]!)).status).toBe('post_processing');
    const listed = await rest.get<CursorList<RecordingAssetObject>>('/recording-assets?status=processing');
    expect(listed.body.data.map(({ job_id }) => job_id).sort()).toEqual([...ids].sort());
    expect((await rest.delete(`/recording-assets/${waiting[0]!.id}`)).status).toBe(409);
    const link = await rest.get<PresignedUrl>(`/recording-assets/${waiting[0]!.id}/presigned-url`);
    const { pathname, search } = new URL(link.body.url);
    expect((await platform.web.inject({ method: 'GET', url: pathname + search })).body).toBe('first');
    expect(await metrics()).toMatch(/^amphi_recordings_waiting 2$/m);
    expect(await metrics()).toMatch(/^amphi_recordings_waiting_bytes 11$/m);

    // A minute of tries is one line in the log.
    for (let second = 0; second < 60; second++) {
      platform.clock.advance(1_000);
      await new Promise(setImmediate);
    }
    await waitFor('it was tried again', async () =>
      /uploads_total\{result="failed"\} ([2-9]|\d\d)/.test(await metrics()),
    );
    expect(entries.filter(({ level }) => level === 'warn')).toHaveLength(1);

    await storage.restart();
    for (const id of ids) {
      await waitFor('it is completed', async () => {
        platform.clock.advance(STEP_MS);
        return (await read(id)).status === 'completed';
      });
    }
    expect(entries.filter(({ message }) => message.includes('takes recordings again'))).toHaveLength(1);
    expect(await assetOf(ids[1]!)).toMatchObject({ status: 'completed', upload: { status: 'uploaded', error: null } });
    expect(existsSync(folderOf(ids[0]!))).toBe(false);
    expect(await metrics()).toMatch(/^amphi_recordings_waiting 0$/m);
  });

  it('REC22: the next process goes on with what waits, of recordings that failed, too, and each is told once', async () => {
    await storage.kill();
    const id = await recorded('interrupted');
    const failed = await recorded('what there was of it');
    await platform.store.beams.update(failed, { status: 'failed' });
    for (const job of [id, failed]) platform.archive.finalise({ kind: 'beam', id: job });
    await waitFor(
      'both wait',
      async () => (await assetOf(id))?.upload?.error && (await assetOf(failed))?.upload?.error,
    );
    await platform.archive.close();
    await storage.restart();

    const facts: string[] = [];
    const { endpoint, bucket, accessKeyId, secretAccessKey } = storage;
    const ofServer = {
      endpoint,
      bucket,
      accessKeyId,
      secretAccessKey,
      region: 'us-east-1',
      prefix: 'shows',
      allowPrivate: true,
    };
    const next = new DiskArchive({
      directory: join(platform.folder, 'recordings'),
      store: platform.store,
      node: 'test',
      finalise,
      targets: new UploadTargets({ store: platform.store, ofServer, allowPrivate: false }),
      facts: { record: ({ fact }) => facts.push(fact.type === 'recordingFinished' ? fact.jobId : fact.type) },
      clock: platform.clock,
      logger: silentLogger,
    });
    const unfinished = [{ kind: 'beam', id }] as const;
    for (const job of unfinished) next.finalise(job);
    await next.takeUp(unfinished);
    await completed(id);
    await waitFor('both are brought', async () => (await assetOf(failed)).status === 'completed');
    await waitFor('both are told', () => facts.length === 2);
    expect([...facts].sort()).toEqual([id, failed].sort());
    expect((await read(failed)).status).toBe('failed');
    expect(existsSync(folderOf(failed))).toBe(false);

    // A kill between the mark and the removal leaves a copy here.
    await mkdir(join(folderOf(id), RUN), { recursive: true });
    await writeFile(join(folderOf(id), RUN, 'v720.mp4'), 'interrupted');
    next.finalise({ kind: 'beam', id });
    await next.idle();
    expect(existsSync(folderOf(id))).toBe(false);
    await next.close();
  });
});

describe('the bucket of a template', () => {
  let server: PlatformServer;
  let own: Studio;
  let owner: RestClient;

  beforeAll(async () => {
    server = await startPlatform({ logger, finalise, settings: { recordings: { allowPrivateAddresses: true } } });
    own = await makeStudio(server);
    owner = restClient(server, () => own.managementToken);
  });
  afterAll(() => server.close());

  const upload = (change: object = {}): object => ({
    recording: {
      enabled: true,
      upload: {
        type: 's3',
        location: storage.bucket,
        prefix: 'theirs',
        options: { region: 'us-east-1', endpoint: storage.endpoint },
        credentials: { key: storage.accessKeyId, secretKey: storage.secretAccessKey },
        ...change,
      },
    },
  });
  const at = (): string => `/templates/${own.template.id}/settings`;

  it('REC25: takes its recordings; its secret is answered to nobody, and stays when what was read is written back', async () => {
    const written = await owner.post<TemplateBody['settings']>(at(), upload());
    expect(written.status).toBe(200);
    expect(written.body.recording?.upload?.credentials).toEqual({ key: storage.accessKeyId, secretKey: '' });
    const whole = await owner.get<TemplateBody>(`/templates/${own.template.id}`);
    expect(whole.body.settings.recording?.upload?.credentials?.secretKey).toBe('');
    expect((await owner.get<TemplateBody['settings']>(at())).body).toEqual(written.body);
    expect((await owner.post(at(), written.body)).status).toBe(200);
    const before = platform;
    platform = server;
    try {
      const id = await recorded('theirs', own);
      server.archive.finalise({ kind: 'beam', id });
      const { recording_assets: assets } = await waitFor('it is completed', async () => {
        const { body } = await owner.get<RecordingObject>(`/recordings/${id}`);
        return body.status === 'completed' ? body : undefined;
      });
      expect(assets![0]!.path).toBe(
        `s3://${storage.bucket}/theirs/beam/${own.roomId}/20260105/Rec-${own.roomId}-${RUN}.mp4`,
      );
      // Without a key for the bucket the file is there, and nobody reaches it.
      await owner.post(at(), {});
      const link = await owner.get(`/recording-assets/${assets![0]!.id}/presigned-url`);
      expect([link.status, link.body.message]).toEqual([409, expect.stringContaining(`bucket "${storage.bucket}"`)]);
    } finally {
      platform = before;
    }
  });

  it('REC24 REC25: with a key that is wrong files wait, until it is corrected or the bucket is not wanted any more', async () => {
    const secret = 'nobody is to read this one';
    await owner.post(at(), upload({ credentials: { key: storage.accessKeyId, secretKey: secret } }));
    const before = platform;
    platform = server;
    try {
      const ids = [await recorded('a', own), await recorded('b', own)];
      const errorOf = async (id: string): Promise<string | null | undefined> =>
        (await owner.get<RecordingObject>(`/recordings/${id}`)).body.recording_assets?.[0]?.upload?.error;
      server.archive.finalise({ kind: 'beam', id: ids[0]! });
      await waitFor('it is told', async () => (await errorOf(ids[0]!))?.startsWith('s3_bad_key: '));
      await warned('s3_bad_key');
      expect(JSON.stringify([entries, await errorOf(ids[0]!)])).not.toContain(secret);
      await owner.post(at(), upload());
      await waitFor('it is brought', async () => {
        server.clock.advance(STEP_MS);
        return (await owner.get(`/recordings/${ids[0]}`)).body.status === 'completed';
      });
      await owner.post(at(), upload({ location: 'elsewhere' }));
      server.archive.finalise({ kind: 'beam', id: ids[1]! });
      await waitFor('it is told', async () => (await errorOf(ids[1]!))?.startsWith('s3_bucket_missing: '));
      await owner.post(at(), {});
      const stays = await waitFor('it stays here', async () => {
        server.clock.advance(STEP_MS);
        const { body } = await owner.get<RecordingObject>(`/recordings/${ids[1]}`);
        return body.status === 'completed' ? body : undefined;
      });
      expect(stays.recording_assets).toMatchObject([{ status: 'completed', upload: null }]);
      expect(existsSync(join(folderOf(ids[1]!), RUN, 'v720.mp4'))).toBe(true);
    } finally {
      platform = before;
    }
  });

  it.each([
    ['type', { type: 'azure' }, /recording\.upload\.type: s3/],
    ['location', { location: '../x' }, /recording\.upload\.location: the name of a bucket/],
    ['prefix', { prefix: 'a/../b' }, /recording\.upload\.prefix: a path/],
    ['region', { options: { region: 'x.attacker.example/' } }, /options\.region: a region such as/],
    ['endpoint', { options: { endpoint: 'file:///etc' } }, /options\.endpoint: an http or https origin/],
    ['credentials', { credentials: undefined }, /recording\.upload\.credentials: key and secretKey/],
  ])('REC25: a template whose %s cannot be used is refused', async (_what, change, message) => {
    const answer = await owner.post(at(), upload(change));
    expect([answer.status, answer.body.details?.join() ?? answer.body.message]).toEqual([
      400,
      expect.stringMatching(message),
    ]);
  });
});

describe('what waits', () => {
  it('REC27: may take so much disk; with more nothing else is recorded until the storage takes some', async () => {
    const make = (maxWaitingBytes: number): DiskArchive =>
      new DiskArchive({
        directory: join(platform.folder, 'recordings'),
        store: platform.store,
        node: 'test',
        finalise,
        targets: new UploadTargets({ store: platform.store, ofServer: undefined, allowPrivate: false }),
        maxWaitingBytes,
        facts: { record: () => {} },
        clock: platform.clock,
        logger: silentLogger,
      });
    const output = { jobId: newObjectId(), id: 'x', rungs: ['v720'], forms: ['mp4'], isPaused: () => false } as const;
    const archive = make(1);
    expect(archive.output(output).id).toBe('x');
    const full = make(0);
    expect(() => full.output(output)).toThrow(/0 bytes wait for the storage, and 0 may \(recordings\.waitingGiB\)/);
    await archive.close();
    await full.close();
  });

  it('REC24: the doctor says what is wrong with the storage of the settings, and what to do', async () => {
    const { endpoint, bucket, accessKeyId, secretAccessKey } = storage;
    const s3 = { endpoint, bucket, accessKeyId, secretAccessKey };
    const examine = (recordings: object) =>
      storageCheck.run({
        settings: settingsSchema.parse({ recordings }),
        clock: platform.clock,
        serverPid: undefined,
        egressProgram: '',
        signal: AbortSignal.timeout(20_000),
      });
    expect(await examine({})).toMatchObject([{ state: 'ok', what: 'recordings stay in the data directory' }]);
    expect(await examine({ s3 })).toMatchObject([{ state: 'ok' }]);
    expect(await examine({ s3: { ...s3, bucket: 'elsewhere' } })).toMatchObject([
      {
        state: 'fail',
        what: expect.stringContaining('s3_bucket_missing'),
        remedy: expect.stringContaining('Make the bucket'),
      },
    ]);
  });
});
