import { expect, it } from 'vitest';
import { mayManage, rolesToGive } from './words.ts';

it('DSH5: people are offered what the server lets them do', () => {
  expect(rolesToGive('owner')).toEqual(['viewer', 'admin', 'owner']);
  expect(rolesToGive('admin')).toEqual(['viewer', 'admin']);
  expect(rolesToGive('viewer')).toEqual([]);
  expect([mayManage('owner', 'owner'), mayManage('admin', 'owner'), mayManage('viewer', 'viewer')]).toEqual([
    true,
    false,
    false,
  ]);
});
