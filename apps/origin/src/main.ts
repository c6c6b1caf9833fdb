import { messageOf } from '@amphi/base';
import { startOriginServer } from './origin-server.ts';
import { readSettings } from './settings.ts';

try {
  const server = await startOriginServer(readSettings(process.env));
  const stop = (): void => {
    // A second signal stops at once.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(messageOf(error));
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
