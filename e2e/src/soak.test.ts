import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

/** The long run of the benchmarks for two minutes, judged without its speed. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MINUTES = 2;
/** Of all processes together, from the middle of the run to its end: caches fill, and a leak of each step would show. */
const MOST_GROWTH_MB = 250;

it('people come, mute, share and go for two minutes: no playlist breaks a rule, nothing restarts, memory is bounded', async () => {
  const { status, stdout, stderr } = await runSoak();
  expect(status, stderr).toBe(0);
  const figures = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number>;
  console.log(JSON.stringify(figures));
  expect(figures, stderr).toMatchObject({ violations: 0, discontinuities: 0, restarts: 0, minutes: MINUTES });
  // A whole round of them at the least, and more segments than were there before the first.
  expect(figures.steps).toBeGreaterThanOrEqual(12);
  expect(figures.segments).toBeGreaterThan(30);
  expect(figures.rss_last_mb! - figures.rss_first_mb!).toBeLessThan(MOST_GROWTH_MB);
  expect(figures.rss_last_mb).toBeGreaterThan(0);
}, 600_000);

function runSoak(): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const program = ['--conditions=source', '--import', 'tsx', 'bench/src/soak.ts', '--minutes', String(MINUTES)];
    const child = spawn(process.execPath, program, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    // One that took too long closes its browser and its server.
    onTestFinished(() => void child.kill('SIGTERM'));
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => {
      stdout += data;
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data;
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}
