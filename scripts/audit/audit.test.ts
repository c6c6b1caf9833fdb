import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../setup/paths.mjs';
import { judgeAdvisories, problemsOfAccepted, readAudit } from './advisories.mjs';
import { isAllowed, judgeLicences } from './licences.mjs';
import { licenceOf, nameOf, productionTree } from './production-tree.mjs';

const config = JSON.parse(readFileSync(join(ROOT, 'config/dependencies.json'), 'utf8'));

describe('what is shipped', () => {
  const packages = {
    '': {},
    'apps/server': { dependencies: { one: '1', '@amphi/base': '1' } },
    'packages/base': { optionalDependencies: { two: '1', elsewhere: '1' }, devDependencies: { tool: '1' } },
    'packages/testkit': { dependencies: { browser: '1' } },
    bench: { dependencies: { browser: '1' } },
    'node_modules/@amphi/base': { link: true, resolved: 'packages/base' },
    'node_modules/one': { version: '1.0.0', dependencies: { two: '2' }, peerDependencies: { absent: '1' } },
    'node_modules/one/node_modules/two': { version: '2.0.0', dependencies: { three: '1' } },
    'node_modules/two': { version: '1.0.0', dependencies: { one: '1' } },
    'node_modules/three': { version: '1.0.0' },
    'node_modules/browser': { version: '1.0.0' },
    'node_modules/tool': { version: '1.0.0' },
  };

  it('is what the apps and packages need, each in the version that its own folder leads to', () => {
    expect(productionTree(packages)).toEqual([
      'node_modules/one',
      'node_modules/one/node_modules/two',
      'node_modules/three',
      'node_modules/two',
    ]);
  });

  it('holds of this project the server, and no test program', () => {
    const names = productionTree(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages).map(
      nameOf,
    );
    expect(names).toEqual(expect.arrayContaining(['fastify', 'mediasoup', 'node-av', 'react', 'hls.js']));
    // playwright-core is there for pages in place of the stage (decision 0022); it brings no browser.
    for (const name of ['vitest', '@100mslive/server-sdk', 'knip']) expect(names).not.toContain(name);
  });
});

describe('licences', () => {
  const allowed = new Set(['MIT', 'BSD-3-Clause', 'GPL-2.0 WITH Classpath-exception-2.0']);

  it.each([
    ['MIT', true],
    ['GPL-3.0', false],
    ['(BSD-3-Clause OR GPL-2.0)', true],
    ['MIT AND GPL-2.0', false],
    ['GPL-2.0 OR MIT AND BSD-3-Clause', true],
    ['(GPL-2.0 OR MIT) AND GPL-2.0', false],
    ['GPL-2.0 WITH Classpath-exception-2.0', true],
    ['MIT WITH Classpath-exception-2.0', false],
    ['(MIT', false],
    ['MIT BSD-3-Clause', false],
    ['SEE LICENSE IN FILE', false],
    ['OR', false],
    ['', false],
  ])('%s: %s', (expression, isFine) => {
    expect(isAllowed(expression, allowed)).toBe(isFine);
  });

  it('are read from old forms, too', () => {
    expect(licenceOf({ license: 'MIT' })).toBe('MIT');
    expect(licenceOf({ license: { type: 'MIT' } })).toBe('MIT');
    expect(licenceOf({ licenses: [{ type: 'MIT' }, { type: 'GPL-2.0' }] })).toBe('MIT OR GPL-2.0');
    expect(licenceOf({ licenses: [{}] })).toBeUndefined();
    expect(licenceOf({})).toBeUndefined();
  });

  it('that are not allowed, or missing, are told, but for packages that are judged by hand', () => {
    const judged = judgeLicences(
      [
        { name: 'fine', version: '1.0.0', licence: 'MIT' },
        { name: 'wrapper', version: '1.0.0', licence: 'MIT' },
        { name: '@wrapper/linux', version: '1.0.0', licence: 'MIT' },
        { name: 'copyleft', version: '2.0.0', licence: 'AGPL-3.0-only' },
        { name: 'silent', version: '3.0.0', licence: undefined },
        { name: 'known', version: '4.0.0', licence: undefined },
      ],
      {
        allowed: ['MIT'],
        others: [
          { package: 'known', licence: 'MIT', reason: 'by its text' },
          { package: 'gone', licence: 'MIT', reason: 'by its text' },
        ],
        gpl: [
          { package: 'wrapper', licence: 'GPL-3.0-or-later', reason: 'its binary' },
          { package: '@wrapper/*', licence: 'GPL-3.0-or-later', reason: 'its binary' },
        ],
      },
    );
    expect(judged.problems).toEqual([
      'copyleft@2.0.0 is under AGPL-3.0-only',
      'silent@3.0.0 names no licence',
      'gone is judged by hand and not shipped any more: remove it from the list',
    ]);
    expect(judged.gpl).toEqual(['wrapper@1.0.0', '@wrapper/linux@1.0.0']);
  });

  it('that are judged by hand have a reason each', () => {
    for (const named of [...config.licences.others, ...config.licences.gpl]) {
      expect(named, JSON.stringify(named)).toEqual({
        package: expect.stringMatching(/\w/),
        licence: expect.stringMatching(/\w/),
        reason: expect.stringMatching(/\w+ \w+/),
      });
    }
  });
});

describe('advisories', () => {
  const cause = (id: string, severity: string) => ({
    source: 1,
    title: `${severity} thing`,
    url: `https://github.com/advisories/${id}`,
    severity,
  });
  const report = JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      deep: { name: 'deep', nodes: ['node_modules/a/node_modules/deep'], via: [cause('GHSA-aaaa', 'critical')] },
      top: { name: 'top', nodes: ['node_modules/top'], via: ['deep'] },
      tool: { name: 'tool', nodes: ['node_modules/tool'], via: [cause('GHSA-bbbb', 'high')] },
      small: { name: 'small', nodes: ['node_modules/small'], via: [cause('GHSA-cccc', 'moderate')] },
    },
  });
  const shipped = new Set(['node_modules/a/node_modules/deep', 'node_modules/top', 'node_modules/small']);
  const deep = { id: 'GHSA-aaaa', package: 'deep', severity: 'critical', title: 'critical thing' };
  const small = { id: 'GHSA-cccc', package: 'small', severity: 'moderate', title: 'moderate thing' };

  it('are those of what is shipped, each once', () => {
    expect(readAudit(report, shipped)).toEqual({ isKnown: true, advisories: [deep, small] });
  });

  it.each([
    ['', 'npm audit gave no answer'],
    ['{"message":"405 Method Not Allowed","error":{"summary":"","detail":""}}', '405 Method Not Allowed'],
    ['{"error":{"code":"ENOTFOUND","summary":"getaddrinfo ENOTFOUND registry"}}', 'getaddrinfo ENOTFOUND registry'],
    ['{"auditReportVersion":3}', 'npm audit gave no report'],
    ['null', 'npm audit gave no report'],
  ])('are not known where no registry tells: %s', (text, why) => {
    expect(readAudit(text, shipped)).toEqual({ isKnown: false, why });
  });

  it('fail when they are high or critical and not accepted, or not any more', () => {
    const accepted = { id: 'GHSA-aaaa', reason: 'we never call it', until: '2027-01-31' };
    const line = 'critical: deep, critical thing (GHSA-aaaa)';
    expect(judgeAdvisories([deep, small], [], '2027-01-01').failures).toEqual([line]);
    const fine = judgeAdvisories([deep, small], [accepted], '2027-01-31');
    expect(fine.failures).toEqual([]);
    expect(fine.notes).toEqual([
      `${line}, accepted until 2027-01-31: we never call it`,
      'moderate: small, moderate thing (GHSA-cccc)',
    ]);
    expect(judgeAdvisories([deep], [accepted], '2027-02-01').failures).toEqual([`${line}, accepted until 2027-01-31`]);
    expect(judgeAdvisories([], [accepted], '2027-01-01')).toEqual({
      failures: [],
      notes: ['GHSA-aaaa is accepted and not told of any more: remove it'],
    });
  });

  it('are accepted by their id, with a reason and a last day', () => {
    expect(problemsOfAccepted(config.advisories)).toEqual([]);
    const fine = { id: 'GHSA-2234-5678-9cfg', reason: 'we never call it', until: '2027-01-31' };
    expect(problemsOfAccepted([fine])).toEqual([]);
    expect(
      problemsOfAccepted([
        { ...fine, until: 'never' },
        { ...fine, reason: ' ' },
        { ...fine, id: '42' },
      ]),
    ).toEqual([
      'GHSA-2234-5678-9cfg: until when is no day, such as 2027-01-31',
      'GHSA-2234-5678-9cfg: why it is accepted is missing',
      '42 is no id of an advisory',
    ]);
  });
});
