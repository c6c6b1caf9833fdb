import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nodeVersionProblem, satisfies } from './node-version.mjs';
import { runCommand } from './run-command.mjs';

describe('satisfies', () => {
  it.each([
    ['20.19.0', '>=20.19.0', true],
    ['20.20.2', '>=20.19.0', true],
    ['22.0.0', '>=20.19.0', true],
    ['20.18.9', '>=20.19.0', false],
    ['18.20.4', '>=20.19.0', false],
    ['20.19.5', '^20.19.0 || >=22.12.0', true],
    ['21.7.3', '^20.19.0 || >=22.12.0', false],
    ['22.11.0', '^20.19.0 || >=22.12.0', false],
    ['24.1.0', '^20.19.0 || >=22.12.0', true],
    ['9.11.2', '>=20.19.0', false],
  ])('%s in %s: %s', (version, range, expected) => {
    expect(satisfies(version, range)).toBe(expected);
  });

  it('refuses to guess at a form that it does not know', () => {
    expect(() => satisfies('20.19.0', '20.x')).toThrow(/cannot read the version range "20\.x"/);
  });
});

describe('nodeVersionProblem', () => {
  it('names the version there is and the versions wanted, and says what to do', () => {
    const problem = nodeVersionProblem('18.19.0', '>=20.19.0');
    expect(problem?.[0]).toBe('this is Node 18.19.0, Amphi needs >=20.19.0.');
    expect(problem?.slice(1).join()).toMatch(/Install Node 20/);
    expect(nodeVersionProblem('20.19.0', '>=20.19.0')).toBeUndefined();
  });

  it.each(['setup.mjs', 'start.mjs', 'test.mjs', 'bench.mjs', 'demo.mjs'])(
    'stops %s under a wrong Node before anything else happens',
    async (script) => {
      const pretend = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"18.19.0"})';
      const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
      const { exitCode, stdout, stderr } = await runCommand(process.execPath, ['--import', pretend, path]);
      expect(exitCode).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^Set-up stopped: this is Node 18\.19\.0/);
    },
  );
});
