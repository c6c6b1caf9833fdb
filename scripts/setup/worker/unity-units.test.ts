import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileLocalNames, joinIntoUnits, unitText } from './unity-units.mjs';

describe('fileLocalNames', () => {
  it('finds what a file keeps to itself', () => {
    const text = [
      'inline static void onAlloc(uv_handle_t* handle, size_t suggestedSize, uv_buf_t* buf)',
      'static constexpr size_t ReadBufferSize{ 65536 };',
      'static const uint8_t Base64Table[65] =',
      '\tstatic std::mutex GlobalSyncMutex;',
      'constexpr char kKey[] = "x";',
      '\t\tconst auto inner = 1;',
      'void Worker::Close()',
    ].join('\n');
    expect(fileLocalNames(text)).toEqual(['onAlloc', 'ReadBufferSize', 'Base64Table', 'GlobalSyncMutex', 'kKey']);
  });
});

describe('joinIntoUnits', () => {
  it('keeps files with the same private name apart', () => {
    const units = joinIntoUnits([
      { path: 'a.cpp', text: 'static int x = 1;' },
      { path: 'b.cpp', text: 'static int x = 2;' },
      { path: 'c.cpp', text: '' },
    ]);
    expect(units.map(({ files }) => files.map(({ path }) => path))).toEqual([['a.cpp', 'c.cpp'], ['b.cpp']]);
  });

  it('puts every file into exactly one unit that is not too large', () => {
    const files = fc.array(fc.record({ name: fc.constantFrom('x', 'y', 'z', ''), size: fc.nat(50) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 9 }), (specs, perUnit) => {
        const all = specs.map(({ name, size }, index) => ({
          path: `${index}.cpp`,
          text: `${name === '' ? '' : `static int ${name} = 1;\n`}${'/'.repeat(size)}`,
        }));
        const units = joinIntoUnits(all, perUnit);
        expect(units.flatMap(({ files }) => files.map(({ path }) => path)).sort()).toEqual(
          all.map(({ path }) => path).sort(),
        );
        for (const unit of units) {
          const names = unit.files.flatMap(({ text }) => fileLocalNames(text));
          expect(unit.files.length).toBeLessThanOrEqual(perUnit);
          expect(new Set(names).size).toBe(names.length);
        }
      }),
    );
  });
});

it('frees the name that each file gives itself in logs', () => {
  const unit = {
    files: [
      { path: '/a "b".cpp', text: '' },
      { path: '/c.cpp', text: '' },
    ],
  };
  expect(unitText(unit)).toBe('#include "/a \\"b\\".cpp"\n#undef MS_CLASS\n#include "/c.cpp"\n#undef MS_CLASS\n');
});
