import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findUpdateViolations, type MediaPlaylist, parseStrict } from '@amphi/hls';
import { VirtualClock, waitFor } from '@amphi/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDiskStorage, Origin } from '../src/index.ts';
import { DESCRIPTION, Feeder, startOrigin } from './origin-server.ts';

/** A kill leaves what was written and nothing else, so it is a directory that another origin opens. */

const STREAM = 's1';
const STARTED_AT = Date.UTC(2026, 0, 31, 10);
const RENDITIONS = ['v720', 'audio'];
/** Longer than the scenarios, so that what is compared has not slid away. */
const LONG = { ...DESCRIPTION, windowSegments: 20 };
const TALL = {
  ...LONG,
  renditions: LONG.renditions.map((one) => (one.kind === 'video' ? { ...one, width: 720, height: 1280 } : one)),
};

let root: string;
let clock: VirtualClock;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'amphi-restore-'));
  clock = new VirtualClock();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = (directory: string): Origin => new Origin({ clock, storage: createDiskStorage({ directory }) });

/** One run of a packager that talks to the origin without HTTP. */
class Packager {
  readonly #origin: Origin;
  readonly #next = new Map<string, number>();
  generation = -1;
  firstMsn = 0;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  async attach(description = LONG): Promise<void> {
    const answer = await this.#origin.attach(STREAM, description);
    this.generation = answer.generation;
    this.firstMsn = answer.nextMsn;
    for (const id of RENDITIONS) await this.init(id);
  }

  init(id: string): Promise<void> {
    return this.#origin.stream(STREAM)!.putInit(id, this.generation, Buffer.from(`init ${this.generation}`));
  }

  async part(renditionId: string): Promise<void> {
    const index = this.#next.get(renditionId) ?? 0;
    const msn = this.firstMsn + Math.floor(index / 4);
    const part = index % 4;
    const startsAt = STARTED_AT + (this.firstMsn * 4 + index) * 500;
    const told = {
      ...{ msn, part, duration: 0.5, independent: part === 0, last: part === 3, programDateTime: startsAt },
      ...(part === 0 && renditionId === 'v720' ? { iFrameBytes: 4 } : {}),
    };
    const data = Buffer.from(`${renditionId} ${msn}.${part} of ${this.generation};`);
    await this.#origin.stream(STREAM)!.putPart(renditionId, this.generation, told, data);
    this.#next.set(renditionId, index + 1);
  }

  async parts(count: number): Promise<void> {
    for (let i = 0; i < count; i++) for (const id of RENDITIONS) await this.part(id);
  }
}

const ASKER = { refuse: () => expect.unreachable(), holdings: () => [] };

function playlistText(origin: Origin, renditionId: string, kind: 'media' | 'iFrames' = 'media'): string {
  let text = '';
  origin
    .stream(STREAM)
    ?.rendition(renditionId)
    ?.answerPlaylist(kind, {}, { ...ASKER, answer: ({ body }) => (text = body.toString()) });
  return text;
}

/** Those of all media, of the single pictures, and of all renditions. */
const texts = (origin: Origin): string[] => [
  ...RENDITIONS.map((id) => playlistText(origin, id)),
  playlistText(origin, 'v720', 'iFrames'),
  origin.stream(STREAM)!.multivariant().body.toString(),
];

/** Bytes of everything a playlist names, by name. */
async function mediaOf(origin: Origin, renditionId: string): Promise<Map<string, string>> {
  const playlist = parseStrict(playlistText(origin, renditionId));
  const names = [
    ...playlist.segments.filter(({ gap }) => !gap).map(({ uri }) => uri),
    ...[...playlist.segments, ...(playlist.open ? [playlist.open] : [])].flatMap(({ parts, map }) => [
      ...parts.filter(({ gap }) => !gap).map(({ uri }) => uri),
      ...(map ? [map.uri] : []),
    ]),
  ];
  const media = new Map<string, string>();
  for (const name of names) {
    const answer = await new Promise<string>((resolve) => {
      origin
        .stream(STREAM)!
        .rendition(renditionId)!
        .answerFile(name, { ...ASKER, answer: ({ status, body }) => resolve(`${status} ${body.toString()}`) });
    });
    media.set(name, answer);
  }
  return media;
}

async function filesOf(directory: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(directory.length + 1), await readFile(path));
  }
  return files;
}

describe('a kill in the middle of the last write', () => {
  const lastChanges: [string, (packager: Packager, origin: Origin) => Promise<unknown>][] = [
    ['a part', (packager) => packager.part('v720')],
    ['the last part of a segment', (packager) => packager.part('v720')],
    ['another run of the packager', (_packager, origin) => origin.attach(STREAM, LONG)],
    ['another size of the pictures', (_packager, origin) => origin.attach(STREAM, TALL)],
    ['an initialization segment', (packager) => packager.init('v720')],
    [
      'a message to the viewers',
      (_packager, origin) => origin.addDateRange(STREAM, { id: 'd', startDate: STARTED_AT, custom: {} }),
    ],
    ['the end', (_packager, origin) => origin.end(STREAM)],
  ];

  it.each(lastChanges)(
    'OR11: %s is there as a whole or not at all, at every byte',
    async (what, change) => {
      const origin = open(root);
      const packager = new Packager(origin);
      await packager.attach();
      await packager.parts(what === 'the last part of a segment' ? 7 : 5);
      if (what === 'an initialization segment') packager.generation = (await origin.attach(STREAM, LONG)).generation;
      const before = { files: await filesOf(root), texts: texts(origin) };
      const journal = `${STREAM}/journal`;
      await change(packager, origin);
      const after = { files: await filesOf(root), texts: texts(origin) };
      const written = after.files.get(journal)!.subarray(before.files.get(journal)!.byteLength);
      expect(written.byteLength).toBeGreaterThan(20);
      expect(written.indexOf(10)).toBe(written.byteLength - 1);
      origin.close();
      await origin.closed;

      const fresh = [...after.files].filter(([name]) => !before.files.has(name));
      for (let cut = written.byteLength; cut >= 0; cut--) {
        // Before the first byte of the record, a file may be half there under the name it is written under.
        if (cut === 0) {
          for (const [name, data] of fresh) {
            await rm(join(root, name));
            await writeFile(join(root, `${name}.new`), data.subarray(0, data.byteLength >> 1));
          }
        }
        await writeFile(join(root, journal), Buffer.concat([before.files.get(journal)!, written.subarray(0, cut)]));
        const restored = open(root);
        const state = cut === written.byteLength && what === 'the end' ? 'ended' : 'playable';
        expect(await restored.restore()).toEqual([{ streamId: STREAM, state, path: 's1/master.m3u8' }]);
        expect(texts(restored)).toEqual(cut === written.byteLength ? after.texts : before.texts);
        restored.close();
        await restored.closed;
      }
    },
    120_000,
  );
});

/** What happens to a stream in the property below. */
type Action =
  | { readonly type: 'parts'; readonly rendition: string; readonly count: number }
  | { readonly type: 'kill'; readonly torn: number }
  | { readonly type: 'attach' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('parts' as const),
      rendition: fc.constantFrom(...RENDITIONS),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('kill' as const), torn: fc.nat({ max: 80 }) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'attach' as const }) },
);

it('OR11 UP1 UP3 UP5 UP6 UP7: whatever is killed when, players see one playlist that goes on, and no name with two contents', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 14 }), async (actions) => {
      const directory = await mkdtemp(join(root, 'p-'));
      let origin = open(directory);
      let packager = new Packager(origin);
      await packager.attach({ ...LONG, windowSegments: 4 });
      await packager.parts(4);
      let isAttached = true;
      const previous = new Map<string, MediaPlaylist>();
      const known = new Map<string, string>();
      const judge = async (): Promise<void> => {
        for (const id of RENDITIONS) {
          const now = parseStrict(playlistText(origin, id));
          const before = previous.get(id);
          if (before) expect(findUpdateViolations(before, now)).toEqual([]);
          previous.set(id, now);
          for (const [name, content] of await mediaOf(origin, id)) {
            expect(content).toMatch(/^200 /);
            expect(known.get(`${id}/${name}`) ?? content).toBe(content);
            known.set(`${id}/${name}`, content);
          }
        }
      };
      const description = { ...LONG, windowSegments: 4 };
      await judge();
      for (const act of actions) {
        if (act.type === 'kill') {
          origin.close();
          await origin.closed;
          const journal = join(directory, STREAM, 'journal');
          // A record that was being written, of which nothing was announced.
          await writeFile(journal, `${'0'.repeat(8)} ${'x'.repeat(80)}`.slice(0, act.torn), { flag: 'a' });
          origin = open(directory);
          expect(await origin.restore()).toHaveLength(1);
          isAttached = false;
        } else if (act.type === 'attach' || !isAttached) {
          packager = new Packager(origin);
          await packager.attach(description);
          isAttached = true;
        } else {
          for (let i = 0; i < act.count; i++) {
            await packager.part(act.rendition);
            await judge();
          }
        }
        await judge();
      }
      origin.close();
      await origin.closed;
    }),
    { numRuns: 12 },
  );
}, 120_000);

describe('after a kill', () => {
  it('OR11: the playlists are served at once, and go on with one discontinuity when a packager attaches', async () => {
    const killed = await startOrigin({ clock, storage: createDiskStorage({ directory: root }) });
    const feeder = new Feeder(killed.client(STREAM));
    await feeder.attach();
    await feeder.feed(14);
    const text = async (base: string, path: string): Promise<string> =>
      (await fetch(`${base}/${STREAM}/${path}`)).text();
    const before = await text(killed.hls, 'v720/index.m3u8');
    // Copied while it runs: nothing of a close is needed.
    const directory = join(root, 'copy');
    await cp(join(root, STREAM), join(directory, STREAM), { recursive: true });

    const server = await startOrigin({ clock, storage: createDiskStorage({ directory }) });
    const events: unknown[] = [];
    for (const name of ['playable', 'attached'] as const) server.origin.on(name, (event) => events.push([name, event]));
    expect(await server.origin.restore()).toEqual([{ streamId: STREAM, state: 'playable', path: 's1/master.m3u8' }]);
    expect(await text(server.hls, 'v720/index.m3u8')).toBe(before);
    expect(await text(server.hls, 'master.m3u8')).toBe(await text(killed.hls, 'master.m3u8'));
    const next = fetch(`${server.hls}/${STREAM}/v720/index.m3u8?_HLS_msn=4`);
    await waitFor('the player waits', () => server.origin.statistics().streams[0]?.waiting === 1);

    const replaced = new Feeder(server.client(STREAM));
    expect(await replaced.attach()).toEqual({ generation: 1, nextMsn: 4 });
    await replaced.feed(5);
    const playlist = parseStrict(await (await next).text());
    expect(
      playlist.segments.map(({ uri, discontinuity, duration }) => [uri, discontinuity, duration]).slice(-2),
    ).toEqual([
      ['segment-3.m4s', false, 1],
      ['segment-4.m4s', true, 2],
    ]);
    for (const rendition of RENDITIONS) {
      expect((await text(server.hls, `${rendition}/index.m3u8`)).match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
    }
    expect(await text(server.hls, 'v720/segment-3.m4s')).toBe('v720 3.0;v720 3.1;');
    expect(events).toEqual([['attached', { streamId: STREAM, generation: 1 }]]);
    await killed.close();
    await server.close();
  });

  it('OR11: a stream nobody feeds again is ended, one that is not wanted can be removed, and nothing of it is left', async () => {
    const origin = open(root);
    await new Packager(origin).attach();
    origin.close();
    await origin.closed;
    const again = open(root);
    expect(await again.restore()).toEqual([{ streamId: STREAM, state: 'starting', path: 's1/master.m3u8' }]);
    again.remove(STREAM);
    again.close();
    await again.closed;
    await waitFor('the folder is gone', async () => (await readdir(root)).length === 0);
    const third = open(root);
    expect(await third.restore()).toEqual([]);
    third.close();
  });

  it('OR9: an ended stream is kept for what is left of its time', async () => {
    const origin = open(root);
    const packager = new Packager(origin);
    await packager.attach();
    await packager.parts(4);
    await origin.end(STREAM);
    origin.close();
    await origin.closed;
    clock.advance(4 * 60_000);
    const again = open(root);
    expect(await again.restore()).toMatchObject([{ state: 'ended' }]);
    await expect(again.attach(STREAM, LONG)).rejects.toThrow(/has ended/);
    clock.advance(60_000);
    expect(again.stream(STREAM)).toBeUndefined();
    again.close();
  });

  it.each([
    ['no journal', async (folder: string) => rm(join(folder, 'journal'))],
    ['a journal of another format', async (folder: string) => writeFile(join(folder, 'journal'), 'x\n')],
    ['a part of the open segment gone', async (folder: string) => rm(join(folder, 'v720/part-1.0.m4s'))],
    ['a part of the open segment cut', async (folder: string) => writeFile(join(folder, 'audio/part-1.0.m4s'), 'a')],
  ])('OR11: a stream with %s is deleted, not guessed', async (_what, damage) => {
    const origin = open(root);
    const packager = new Packager(origin);
    await packager.attach();
    await packager.parts(5);
    origin.close();
    await origin.closed;
    await damage(join(root, STREAM));
    const again = open(root);
    expect(await again.restore()).toEqual([]);
    await waitFor('the folder is gone', async () => (await readdir(root)).length === 0);
    again.close();
  });

  it('OR11: a long journal is written anew, and says the same', async () => {
    const origin = open(root);
    const packager = new Packager(origin);
    await packager.attach(DESCRIPTION);
    const journal = join(root, STREAM, 'journal');
    let largest = 0;
    for (let bytes = 1; bytes > largest; ) {
      largest = bytes;
      expect(largest).toBeLessThan(100 * 1024);
      await packager.parts(4);
      bytes = (await stat(journal)).size;
    }
    const before = texts(origin);
    origin.close();
    await origin.closed;
    const again = open(root);
    await again.restore();
    expect(texts(again)).toEqual(before);
    again.close();
  }, 60_000);
});

it('OR11: an event playlist is there from its beginning, out of a journal that was rewritten on the way', async () => {
  const origin = open(root);
  const packager = new Packager(origin);
  const description = { ...DESCRIPTION, playlistType: 'event' } as const;
  await packager.attach(description);
  const journal = join(root, STREAM, 'journal');
  const sizes: number[] = [];
  do {
    await packager.parts(8);
    sizes.push((await stat(journal)).size);
  } while (sizes.length < 2 || sizes.at(-1)! > sizes.at(-2)!);
  await packager.parts(9);
  // One is ahead, so the next run begins with a gap in the other.
  for (let i = 0; i < 9; i++) await packager.part('v720');
  const next = new Packager(origin);
  await next.attach(description);
  await next.parts(3);
  const before = texts(origin);
  expect(before[1]).toContain('#EXT-X-GAP');
  const again = open(root);
  expect(await again.restore()).toMatchObject([{ streamId: STREAM, state: 'playable' }]);
  expect(texts(again)).toEqual(before);
  expect(parseStrict(before[0]!)).toMatchObject({ mediaSequence: 0, playlistType: 'EVENT' });
  for (const each of [origin, again]) {
    each.close();
    await each.closed;
  }
});
