import { runningAmphis } from '@amphi/testkit';
import { afterEach } from 'vitest';

const LINES = 80;

// What the servers said by then: a fault that comes once in a hundred runs is to be understood from its one report.
afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const { links, output } of runningAmphis()) {
    process.stderr.write(`\n${links.url} said last:\n${output().split('\n').slice(-LINES).join('\n')}\n`);
  }
});
