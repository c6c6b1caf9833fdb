import { type CursorList, importedTemplate, type RoomCodeObject, type TemplateBody } from '@amphi/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';
import { restClient } from './rest-client.ts';

/** Templates by REST v2 (server API, 2.4 and 3). */

type TemplateObject = TemplateBody & { readonly id: string; readonly default: boolean; readonly appId: string };

let platform: PlatformServer;
let studio: Studio;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.close());
beforeEach(async () => {
  studio = await makeStudio(platform);
});

const rest = restClient(
  {
    get web() {
      return platform.web;
    },
  },
  () => studio.managementToken,
);

const create = async (body: unknown): Promise<TemplateObject> => {
  const answer = await rest.post<TemplateObject>('/templates', body);
  expect(answer.body.message).toBeUndefined();
  return answer.body;
};

describe('templates', () => {
  it('are made of nothing, with a name of their own, and read by id', async () => {
    const made = await create({});
    expect(made).toMatchObject({
      _id: made.id,
      customerId: studio.workspaceId,
      customer: studio.workspaceId,
      default: false,
      roles: {},
      destinations: { hlsDestinations: {}, rtmpDestinations: {}, browserRecordings: {}, transcriptions: {} },
      settings: { region: 'auto', recording: null, roomState: { enabled: false, messageInterval: 5 }, retry: {} },
    });
    expect(made.name).not.toBe('');
    expect((await rest.get(`/templates/${made.id}`)).body).toEqual(made);
    const room = await rest.post('/rooms', { template_id: made.id });
    expect(room.body).toMatchObject({ template_id: made.id, template: made.name, app_id: made.appId });
  });

  it('TPL3: with a name that exists are written over; lists find them by name and default', async () => {
    const first = await create({ name: 'Morning show', roles: { host: {} } });
    const second = await create({ name: 'Morning show', roles: { guest: {} } });
    expect(second.id).toBe(first.id);
    expect(Object.keys(second.roles)).toEqual(['guest']);
    const byName = await rest.get<CursorList<TemplateObject>>('/templates?name=Morning%20show');
    expect(byName.body.data.map(({ id }) => id)).toEqual([first.id]);
    const byDefault = await rest.get<CursorList<TemplateObject>>('/templates?default=true');
    expect(byDefault.body.data.map(({ id }) => id)).toEqual([studio.template.id]);
  });

  it('TPL3: are overwritten whole: roles and settings must be there, what else is not sent is empty', async () => {
    const { id } = await create({ name: 'before', roles: { host: {} }, plugins: { whiteboard: {} } });
    const missing = await rest.post(`/templates/${id}`, { roles: {} });
    expect([missing.status, missing.body.message]).toEqual([400, expect.stringMatching(/settings/)]);
    const { body } = await rest.post<TemplateObject>(`/templates/${id}`, { roles: {}, settings: { region: 'in' } });
    expect(body).toMatchObject({ id, name: 'before', roles: {}, plugins: {}, settings: { region: 'in' } });
    const renamed = await rest.post<TemplateObject>(`/templates/${id}`, { name: 'after', roles: {}, settings: {} });
    expect(renamed.body.name).toBe('after');
    await create({ name: 'other' });
    const taken = await rest.post(`/templates/${id}`, { name: 'other', roles: {}, settings: {} });
    expect(taken.body).toMatchObject({ code: 400, message: 'name: other is the name of another template' });
  });

  it('of other workspaces do not exist, whatever is done to them', async () => {
    const other = await makeStudio(platform);
    const at = `/templates/${other.template.id}`;
    const answers = await Promise.all([
      rest.get(at),
      rest.post(at, { roles: {}, settings: {} }),
      rest.get(`${at}/roles/broadcaster`),
      rest.post(`${at}/roles/broadcaster`, {}),
      rest.delete(`${at}/roles/broadcaster`),
      ...['settings', 'destinations'].flatMap((part) => [rest.get(`${at}/${part}`), rest.post(`${at}/${part}`, {})]),
      rest.get(`${at}/recordings`),
      rest.post(`${at}/recordings`, []),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    expect((await platform.store.apps.findTemplate(other.template.id))?.body).toEqual(other.template.body);
  });

  it.each<[string, unknown, RegExp]>([
    ['a role under another name', { roles: { host: { name: 'guest' } } }, /roles\.host\.name: "host", under which/],
    ['the reserved role', { roles: { __internal_recorder: {} } }, /roles\.__internal_recorder: letters, digits/],
    ['a priority out of range', { roles: { host: { priority: 11 } } }, /roles\.host\.priority.*got 11/],
    [
      'a codec of no text',
      { roles: { a: { publishParams: { audio: { codec: 1 } } } } },
      /roles\.a\.publishParams\.audio\.codec/,
    ],
    [
      'a whiteboard of no lists',
      { plugins: { whiteboard: { permissions: { admin: 'host' } } } },
      /plugins\.whiteboard\.permissions\.admin/,
    ],
    ['an unknown region', { settings: { region: 'moon' } }, /settings\.region.*got "moon"/],
    ['a state every 7 seconds', { settings: { roomState: { messageInterval: 7 } } }, /messageInterval.*got 7/],
    ['a name with a slash', { name: 'a/b' }, /name: letters/],
    [
      'layers that grow',
      {
        destinations: {
          hlsDestinations: {
            d: {
              layers: [
                { width: 640, height: 360, videoBitrate: 500 },
                { width: 1280, height: 720, videoBitrate: 2048 },
              ],
            },
          },
        },
      },
      /layers\.1: no more pixels/,
    ],
    [
      'an odd width',
      { destinations: { hlsDestinations: { d: { layers: [{ width: 641, height: 360, videoBitrate: 5 }] } } } },
      /layers\.0\.width.*got 641/,
    ],
    [
      'simulcast without f',
      {
        roles: {
          a: {
            publishParams: {
              simulcast: { video: { layers: [{ rid: 'h', scaleResolutionDownBy: 2, maxFramerate: 25 }] } },
            },
          },
        },
      },
      /layers\.0\.rid: the first layer is "f"/,
    ],
    [
      'more than 50 roles',
      { roles: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`r${n}`, {}])) },
      /roles: at most 50/,
    ],
  ])('TPL6: with %s are refused, and the field is named', async (_what, body, message) => {
    const answer = await rest.post('/templates', body);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringMatching(message)]);
  });

  it('TPL7: have a second picture of a stream in another shape, and in no other', async () => {
    const second = (alternate: object) => ({
      destinations: { hlsDestinations: { d: { composition: { videoAspectRatio: '9:16' }, alternate } } },
    });
    const { destinations } = await create(second({ videoAspectRatio: '16:9', layout: 'sidebar' }));
    expect(destinations.hlsDestinations.d).toMatchObject({
      alternate: { videoAspectRatio: '16:9', layout: 'sidebar', layers: [] },
    });
    for (const [wrong, message] of [
      [{}, /alternate\.videoAspectRatio: another shape than "9:16"/],
      [{ videoAspectRatio: '16:10' }, /alternate\.videoAspectRatio/],
      [
        { videoAspectRatio: '16:9', layers: [{ width: 641, height: 360, videoBitrate: 500 }] },
        /alternate\.layers\.0\.width/,
      ],
    ] as const) {
      const { status, body } = await rest.post('/templates', second(wrong));
      expect([status, body.message]).toEqual([400, expect.stringMatching(message)]);
    }
  });

  it('TPL8: have renditions in AV1 up to the size of those in H.264, and sound as Opus', async () => {
    const layer = { width: 1280, height: 720, videoBitrate: 1500 };
    const stream = (change: object) => ({ destinations: { hlsDestinations: { d: { layers: [layer], ...change } } } });
    const plain = await create(stream({}));
    expect(plain.destinations.hlsDestinations.d).toMatchObject({ opus: false });
    expect(plain.destinations.hlsDestinations.d).not.toHaveProperty('av1');
    const { destinations } = await create(stream({ opus: true, av1: {} }));
    expect(destinations.hlsDestinations.d).toMatchObject({ opus: true, av1: { layers: [] } });
    for (const [wrong, message] of [
      [{ opus: 'yes' }, /opus/],
      [
        { av1: { layers: [{ ...layer, width: 1920, height: 1080 }] } },
        /av1\.layers\.0: 1280×720, as the largest in H\.264/,
      ],
      [{ av1: { layers: [{ ...layer, height: 719 }] } }, /av1\.layers\.0\.height/],
      [{ layers: [], av1: { layers: [layer] } }, /av1\.layers: none where none are named for H\.264/],
    ] as const) {
      const { status, body } = await rest.post('/templates', stream(wrong));
      expect([status, body.message]).toEqual([400, expect.stringMatching(message)]);
    }
  });
});

describe('roles', () => {
  it('TPL1: have what the public API gives when nothing, or an object without a field, is sent', async () => {
    const { roles } = await create({ roles: { all: {}, viewer: { publishParams: {}, permissions: { mute: true } } } });
    expect(roles.all).toMatchObject({
      name: 'all',
      publishParams: {
        allowed: ['audio', 'video', 'screen'],
        audio: { bitRate: 32, codec: 'opus' },
        video: { bitRate: 250, frameRate: 30, width: 480, height: 270 },
        screen: { bitRate: 1024, frameRate: 10, width: 1920, height: 1080 },
      },
      subscribeParams: {
        subscribeToRoles: [],
        maxSubsBitRate: 3200,
        subscribeDegradation: { packetLossThreshold: 50 },
      },
      permissions: { hlsStreaming: false, endRoom: false },
      priority: 1,
      maxPeerCount: 0,
    });
    expect(roles.viewer).toMatchObject({
      publishParams: { allowed: [] },
      permissions: { mute: true, hlsStreaming: true, rtmpStreaming: true, browserRecording: true, endRoom: false },
    });
    const { body } = await rest.post(`/templates/${studio.template.id}/roles/host`, {
      publishParams: { allowed: ['audio', 'simulcast'], video: { bitRate: 300 }, screen: { bitRate: 900 } },
    });
    expect(body).toMatchObject({
      publishParams: {
        allowed: ['audio'],
        video: { bitRate: 300, frameRate: 25, width: 320, height: 180 },
        screen: { bitRate: 900, frameRate: 10, width: 1280, height: 720 },
      },
    });
  });

  it('are created, replaced, read and removed once', async () => {
    const at = `/templates/${studio.template.id}/roles/moderator`;
    expect((await rest.get(at)).status).toBe(404);
    expect((await rest.post(at, { permissions: { mute: true } })).body).toMatchObject({ name: 'moderator' });
    await rest.post(at, { priority: 3 });
    expect((await rest.get(at)).body).toMatchObject({ priority: 3, permissions: { mute: false } });
    expect(await rest.delete(at)).toEqual({ status: 204, body: {} });
    expect((await rest.delete(at)).body).toEqual({ code: 404, message: 'Role not found: moderator', details: [] });
    expect((await rest.get(`/templates/${studio.template.id}/roles/constructor`)).status).toBe(404);
  });

  it('TPL4, BRD10: with another name in the body have it from then on, in lists and in room codes', async () => {
    const { id, body: before } = studio.template;
    const role = before.roles.broadcaster!;
    const recording = { hlsVod: true, viewerRoles: ['hls-viewer', 'broadcaster'] };
    const { default: stream } = before.destinations.hlsDestinations;
    await rest.post(`/templates/${id}/destinations`, { hlsDestinations: { default: { ...stream, recording } } });
    const answer = await rest.post(`/templates/${id}/roles/broadcaster`, { ...role, name: 'host' });
    expect(answer.body).toMatchObject({ name: 'host' });
    const { body } = await rest.get<TemplateObject>(`/templates/${id}`);
    expect(Object.keys(body.roles)).toEqual(['host', ...Object.keys(before.roles).slice(1)]);
    expect(body.roles['viewer-realtime']?.subscribeParams.subscribeToRoles).toEqual(['host', 'viewer-on-stage']);
    expect(body.destinations.hlsDestinations.default?.composition.broadcasterRoles).toEqual([
      'host',
      'viewer-on-stage',
    ]);
    expect(body.destinations.hlsDestinations.default?.recording?.viewerRoles).toEqual(['hls-viewer', 'host']);
    expect(body.plugins).toEqual({
      whiteboard: {
        permissions: { admin: ['host'], writer: ['viewer-on-stage'], reader: ['viewer-realtime', 'hls-viewer'] },
      },
    });
    const codes = await rest.get<CursorList<RoomCodeObject>>(`/room-codes/room/${studio.roomId}?role=host`);
    expect(codes.body.data.map(({ code }) => code)).toEqual([studio.codes.broadcaster]);
    const clash = await rest.post(`/templates/${id}/roles/host`, { name: 'hls-viewer' });
    expect([clash.status, clash.body.message]).toEqual([400, expect.stringMatching(/name: "hls-viewer" is the name/)]);
  });
});

describe('settings, destinations and recordings', () => {
  it('are written whole, and the app of the template is where its settings say', async () => {
    const at = `/templates/${studio.template.id}`;
    const upload = { type: 's3', location: 'bucket', options: { region: 'eu-1' } };
    const settings = {
      region: 'us',
      recording: { enabled: true, upload: { ...upload, credentials: { key: 'k', secret: 's' } } },
    };
    expect((await rest.post(`${at}/settings`, settings)).body).toMatchObject({
      region: 'us',
      recording: { enabled: true, upload: { ...upload, prefix: '', credentials: { key: 'k', secretKey: '' } } },
      roomState: { enabled: false },
    });
    expect((await platform.store.apps.find(studio.workspaceId, studio.app.id))?.app.region).toBe('us');
    const destinations = { hlsDestinations: { tall: { layers: [{}, {}], recording: { hlsVod: true } } } };
    const written = await rest.post<TemplateBody['destinations']>(`${at}/destinations`, destinations);
    expect(written.body.hlsDestinations).toMatchObject({
      tall: {
        name: 'tall',
        layers: [],
        playlistType: 'live',
        numPlaylistSegments: 5,
        recording: { hlsVod: true, singleFilePerLayer: false, presignDuration: 259_200 },
        composition: { enabled: true },
      },
    });
    expect((await rest.get(`${at}/destinations`)).body).toEqual(written.body);
    expect((await rest.get(at)).body).toMatchObject({ destinations: written.body });
  });

  it('REC28: what is to be kept of a stream is of it, and in a form that is made', async () => {
    const at = `/templates/${studio.template.id}/destinations`;
    const layer = (width: number, height: number) => ({ width, height, videoBitrate: 500 });
    const kept = (recording: object, layers: object[] = [layer(1280, 720), layer(640, 360)]) =>
      rest.post(at, { hlsDestinations: { show: { layers, recording: { singleFilePerLayer: true, ...recording } } } });
    expect((await kept({ layers: [layer(640, 360)] })).status).toBe(200);
    expect((await kept({ layers: [layer(1920, 1080)] }, [])).status).toBe(200);
    const other = await kept({ layers: [layer(1280, 720), layer(1920, 1080)] });
    expect([other.status, other.body.details?.join() ?? other.body.message]).toEqual([
      400,
      expect.stringMatching(
        /show\.recording\.layers\.1: the width and height of a layer of the stream: 1280×720, 640×360/,
      ),
    ]);
    const zipped = await kept({ enableZipUpload: true });
    expect([zipped.status, zipped.body.details?.join() ?? zipped.body.message]).toEqual([
      400,
      expect.stringMatching(/enableZipUpload: false/),
    ]);
  });

  it('of recordings there is one at most, for a role of the template', async () => {
    const at = `/templates/${studio.template.id}/recordings`;
    expect((await rest.get(at)).body).toEqual([]);
    const one = { name: 'default', role: 'broadcaster', compositeRecording: { browserComposite: { autoStart: true } } };
    expect((await rest.post(at, [one])).body).toMatchObject([{ ...one, trackRecording: { enabled: false } }]);
    expect((await rest.post(at, [one, one])).body.message).toMatch(/one configuration at most/);
    expect((await rest.post(at, [{ ...one, role: 'nobody' }])).body.message).toMatch(
      /0\.role: one of broadcaster.*"nobody"/,
    );
  });

  it('REC19: recordings are of pictures that can be made', async () => {
    const at = `/templates/${studio.template.id}/recordings`;
    const of = (browserComposite: object) => [
      { name: 'default', role: 'broadcaster', compositeRecording: { browserComposite } },
    ];
    for (const size of [{ width: 1281 }, { width: 1920, height: 1920 }]) {
      const { body } = await rest.post(at, of(size));
      expect(body).toMatchObject({ code: 400, message: expect.stringMatching(/compositeRecording\.browserComposite/) });
    }
    expect((await rest.post(at, of({ width: 720, height: 1280 }))).body).toMatchObject(of({ width: 720 }));
  });
});

describe('exported templates', () => {
  it('TPL2: read the same again', async () => {
    const { body } = await rest.get<TemplateObject>(`/templates/${studio.template.id}`);
    const { name: _, ...template } = studio.template.body;
    expect(importedTemplate.parse(JSON.parse(JSON.stringify(body)))).toEqual(template);
  });

  it('TPL2: of the hosted service lack what is false, and list the role of the recorder', () => {
    const read = importedTemplate.parse({
      _id: '64a1c0ffee00000000000010',
      name: 'LS-quiet-river-204817',
      roles: {
        host: {
          name: 'host',
          publishParams: { allowed: ['audio', 'video', 'simulcast'], audio: { bitRate: 32, codec: 'opus' } },
          permissions: { endRoom: true },
          priority: 1,
        },
        __internal_recorder: { name: '__internal_recorder' },
      },
      settings: { region: 'eu', recording: null, roomState: { messageInterval: 5 }, retry: {} },
      destinations: { hlsDestinations: { x: { name: 'x', layers: [{}], recording: {} } }, browserRecordings: {} },
    });
    expect(Object.keys(read.roles)).toEqual(['host']);
    expect(read.roles.host).toMatchObject({
      publishParams: { allowed: ['audio', 'video'] },
      permissions: { endRoom: true, hlsStreaming: false },
    });
    expect(read.destinations.hlsDestinations.x?.layers).toEqual([]);
  });
});
