/**
 * Joining ("unity") units. Nearly all compile time of the worker is the same headers over and over: a dozen files in one
 * translation unit cost little more than one. A unit that does not compile is redone file by file (see compile.mjs), so
 * the rules here decide how fast the build is, never whether it is right.
 */

/** Files per unit: more gains little and leaves cores idle at the end. */
export const FILES_PER_UNIT = 14;

/** @typedef {{ readonly path: string, readonly text: string }} SourceFile */
/** @typedef {{ readonly files: readonly SourceFile[] }} Unit */

/**
 * @param {readonly SourceFile[]} files
 * @param {number} [filesPerUnit]
 * @returns {Unit[]} every file in exactly one unit, the unit with the most text first
 */
export function joinIntoUnits(files, filesPerUnit = FILES_PER_UNIT) {
  /** @type {{ files: SourceFile[], names: Set<string> }[]} */
  const units = [];
  for (const file of files) {
    const names = fileLocalNames(file.text);
    let unit = units.find(
      (candidate) => candidate.files.length < filesPerUnit && !names.some((name) => candidate.names.has(name)),
    );
    if (unit === undefined) {
      unit = { files: [], names: new Set() };
      units.push(unit);
    }
    unit.files.push(file);
    for (const name of names) unit.names.add(name);
  }
  return units.sort((a, b) => textLength(b) - textLength(a));
}

/**
 * The C++ text of a unit. Each file defines MS_CLASS for its log lines and expects it to be free.
 * @param {Unit} unit
 * @returns {string}
 */
export function unitText(unit) {
  return unit.files.map(({ path }) => `#include ${JSON.stringify(path)}\n#undef MS_CLASS\n`).join('');
}

/**
 * Names that a file keeps to itself (static, constexpr, const, anonymous namespace): two files that use the same one
 * cannot share a unit. Upstream indents by tabs, so file scope and namespace scope are none or one.
 * @param {string} text
 * @returns {string[]}
 */
export function fileLocalNames(text) {
  const declaration =
    /^\t?(?:(?:static|inline|constexpr|const|thread_local|alignas\([^)]*\))\s+)+[^;={()]*?(\w+)\s*(?:\[[^\]]*\]\s*)*[({=;]/gm;
  return [...text.matchAll(declaration)].map((match) => String(match[1]));
}

/** @param {Unit} unit */
function textLength(unit) {
  return unit.files.reduce((sum, file) => sum + file.text.length, 0);
}
