import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

it('says which query failed, never with what it was asked', () => {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  const message = 'Failed query: select "id" from "keys" where "hash" = $1\nparams: c2VjcmV0,Ada';
  logger.error({ error: message, stack: `Error: ${message}\n    at here`, roomId: 'r-1' }, 'could not lock the room');
  logger.child({ part: 'x' }).warn({ error: 'disk full', count: 3 }, 'no query');
  expect(JSON.stringify(lines)).not.toMatch(/c2VjcmV0|Ada/);
  expect(lines).toMatchObject([
    {
      error: 'Failed query: select "id" from "keys" where "hash" = $1',
      stack: 'Error: Failed query: select "id" from "keys" where "hash" = $1\n    at here',
      roomId: 'r-1',
      msg: 'could not lock the room',
    },
    { error: 'disk full', count: 3, part: 'x' },
  ]);
});
