/**
 * @typedef {object} Instruction
 * @property {string} name such as `RUN`
 * @property {string} text what follows, with continued lines joined
 */

/**
 * Instructions of a Containerfile by stage, as far as ours uses the format: no heredocs, no `ARG`, no directives.
 * @param {string} text
 * @returns {Instruction[][]} each stage begins with its `FROM`
 */
export function stagesOf(text) {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  /** @type {Instruction[][]} */
  const stages = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push([]);
    if (name !== '') stages.at(-1)?.push({ name, text: rest });
  }
  return stages;
}

/**
 * The command of `ENTRYPOINT`, `CMD` or `HEALTHCHECK` in its form without a shell, which is the only one that ours uses.
 * @param {string} text
 * @returns {string[]}
 * @throws {SyntaxError}
 */
export function commandOf(text) {
  return JSON.parse(text.slice(text.indexOf('[')));
}

/**
 * What a `.containerignore` leaves out: a NAME at the top, or anywhere with `**` and a slash in front of it.
 * @param {string} text
 * @returns {(path: string) => boolean} for a path relative to the context
 */
export function ignoring(text) {
  const patterns = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const strange = patterns.find((pattern) => !/^(\*\*\/)?[\w.-]+$/.test(pattern));
  if (strange !== undefined) throw new Error(`.containerignore: "${strange}" is not understood here`);
  return (path) => {
    const names = path.split('/');
    return patterns.some((pattern) =>
      pattern.startsWith('**/') ? names.includes(pattern.slice(3)) : names[0] === pattern,
    );
  };
}
