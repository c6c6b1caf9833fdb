import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../paths.mjs';
import { folderWith } from '../test/folder.ts';
import { mesonList, readWorkerSources } from './source-lists.mjs';

describe('mesonList', () => {
  it('reads one list among others, with what is added to it, without its comments', () => {
    const text =
      "other = [ 'x.cpp' ]\n  sources = [\n  'a.cpp', # not 'b.cpp'\n  'c/d.cpp',\n]\nif not get_option('x')\n  sources += ['e.cpp']\nendif\n";
    expect(mesonList(text, 'sources')).toEqual(['a.cpp', 'c/d.cpp', 'e.cpp']);
  });

  it.each([
    ["test_sources = ['a']", 'has no list "sources"'],
    ["sources = ['a'", 'does not end'],
    ['sources = []', 'or an empty one'],
  ])('says what is wrong with %j', (text, complaint) => {
    expect(() => mesonList(text, 'sources')).toThrow(complaint);
  });
});

describe('readWorkerSources', () => {
  const meson = {
    'meson.build': "common_sources = ['src/lib.cpp']",
    'deps/libwebrtc/meson.build': "libwebrtc_sources = ['libwebrtc/a.cc']",
    'fbs/meson.build': "flatbuffers_schemas = ['log.fbs']",
  };
  const sources = { 'src/lib.cpp': '', 'src/main.cpp': '', 'deps/libwebrtc/libwebrtc/a.cc': '', 'fbs/log.fbs': '' };

  it('lists what is compiled, with the main file', () => {
    const dir = folderWith({ ...meson, ...sources });
    expect(readWorkerSources(dir)).toEqual({
      own: [join(dir, 'src/lib.cpp'), join(dir, 'src/main.cpp')],
      libwebrtc: [join(dir, 'deps/libwebrtc/libwebrtc/a.cc')],
      schemas: [join(dir, 'fbs/log.fbs')],
    });
  });

  it('names a file that is missing', () => {
    const { 'src/lib.cpp': _, ...rest } = sources;
    expect(() => readWorkerSources(folderWith({ ...meson, ...rest }))).toThrow(/src\/lib\.cpp is listed but missing/);
    expect(() => readWorkerSources(folderWith(sources))).toThrow(/worker\/meson\.build is missing/);
  });

  it('understands the package that is installed', () => {
    const { own, libwebrtc, schemas } = readWorkerSources(join(ROOT, 'node_modules/mediasoup/worker'));
    expect([own.length > 200, libwebrtc.length > 30, schemas.length > 20]).toEqual([true, true, true]);
  });
});
