import { expect, it } from 'vitest';
import { describeFailure, SetupError } from './setup-error.mjs';

it('shows what is wrong and then what to do, without a stack', () => {
  const error = new SetupError('the disk is full.', ['Free some space.', 'Run it again.']);
  expect(describeFailure(error)).toBe('Set-up stopped: the disk is full.\n  → Free some space.\n  → Run it again.');
});

it('explains what the system refuses', () => {
  const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', path: '/srv/amphi/data' });
  expect(describeFailure(refused)).toMatch(
    /^Set-up stopped: \/srv\/amphi\/data cannot be written \(EACCES\)\.\n {2}→ /,
  );
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/x' });
  expect(describeFailure(full)).toMatch(/^Set-up stopped: the disk is full at \/x/);
});

it('shows the stack of a bug', () => {
  expect(describeFailure(new TypeError('x is not a function'))).toMatch(/^TypeError: x is not a function\n\s+at /);
  expect(describeFailure('thrown text')).toBe('thrown text');
});
