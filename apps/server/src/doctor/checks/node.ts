import { type Check, type Finding, fail, ok } from '../check.ts';

/** As `engines` of the repository's package.json says. */
const NEEDED = [20, 19] as const;

export const nodeCheck: Check = {
  id: 'node',
  title: 'Node',
  timeoutMs: 1_000,
  run: async () => [judgeNode(process.versions.node)],
};

export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
  return isEnough
    ? ok(`version ${version}`)
    : fail(`version ${version} is too old`, `Install Node ${NEEDED.join('.')} or newer.`);
}
