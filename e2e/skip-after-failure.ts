import { afterEach, beforeEach } from 'vitest';

// The steps of a file build on each other: after one has failed, what the next ones would say is of no use. Other files go on.
let hasFailed = false;

beforeEach(({ skip }) => {
  if (hasFailed) skip('an earlier step of this file failed');
});

afterEach(({ task }) => {
  hasFailed ||= task.result?.state === 'fail';
});
