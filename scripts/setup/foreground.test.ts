import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';

const module = pathToFileURL(join(import.meta.dirname, 'foreground.mjs')).href;

/** A process that runs `script` through runForeground and ends as it ended; resolves once the script has said "ready". */
async function inForeground(script: string, sameWishMs = 10_000) {
  const outer = `
    import { runForeground } from ${JSON.stringify(module)};
    const status = await runForeground(process.execPath, ['-e', ${JSON.stringify(script)}], { cwd: process.cwd(), sameWishMs: ${sameWishMs} });
    process.exit(status);`;
  const process_ = spawn(process.execPath, ['--input-type=module', '-e', outer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void process_.kill('SIGKILL'));
  let output = '';
  process_.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(process_, 'exit');
  const said = (text: string) => vi.waitFor(() => expect(output).toContain(text), 15_000);
  await said('ready');
  return {
    said,
    signal: (name: NodeJS.Signals) => process_.kill(name),
    end: async () => ({ status: ((await ended) as [number])[0], output }),
  };
}

it('passes a signal on once, though it comes twice at the same press, and the exit status back', async () => {
  const program = await inForeground(`
    let count = 0;
    process.on('SIGINT', () => { count += 1; if (count === 1) setTimeout(() => { console.log('signals', count); process.exit(3); }, 300); });
    setInterval(() => {}, 1e6);
    console.log('ready');`);
  program.signal('SIGINT');
  program.signal('SIGINT');
  expect(await program.end()).toEqual({ status: 3, output: 'ready\nsignals 1\n' });
});

it('kills a program that does not end when it is asked a second time', async () => {
  const stubborn = `
    process.on('SIGTERM', () => console.log('asked'));
    setInterval(() => {}, 1e6);
    console.log('ready');`;
  const program = await inForeground(stubborn, 0);
  program.signal('SIGTERM');
  await program.said('asked');
  program.signal('SIGTERM');
  expect((await program.end()).status).toBe(128 + 9);
});
