import { templateBody } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { changedNames, exportedText, readTemplate } from './template-text.ts';

const template = templateBody.parse({
  name: 'show',
  roles: { host: { name: 'host' }, __internal_recorder: { name: 'host' } },
});

describe('a template as text', () => {
  it('TPL2: reads what it wrote as the same, without the recorder', () => {
    const { name: _, ...body } = template;
    const { __internal_recorder: __, ...roles } = body.roles;
    expect(readTemplate(exportedText(template))).toEqual({ ...body, roles });
    expect(changedNames(template, readTemplate(exportedText(template)))).toEqual([]);
  });

  it('says what would change', () => {
    const { roles, ...rest } = readTemplate(exportedText(template));
    const host = { ...roles.host!, priority: 3 };
    const guest = { ...roles.host!, name: 'guest' };
    expect(changedNames(template, { ...rest, roles: { host, guest } })).toEqual([
      'changes the role host',
      'adds the role guest',
    ]);
    expect(changedNames(template, { ...rest, settings: { ...rest.settings, region: 'eu' }, roles: {} })).toEqual([
      'removes the role host',
      'changes settings',
    ]);
  });

  it('names what is wrong', () => {
    expect(() => readTemplate('{')).toThrow(/not JSON/);
    const wrong = JSON.stringify({ roles: { host: { priority: 12 } } });
    expect(() => readTemplate(wrong)).toThrow(/roles.host.priority/);
  });
});
