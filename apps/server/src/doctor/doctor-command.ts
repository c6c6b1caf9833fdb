import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@amphi/base';
import type { DoctorFinding, DoctorReport } from '@amphi/protocol';
import * as z from 'zod';
import type { Settings } from '../settings.ts';
import { examine, isFit } from './doctor.ts';

/**
 * `doctor [--json]`: looks at the machine beside a running server, or without one, and prints what it found.
 * @returns the exit status: 1 when something is wrong that keeps people out
 */
export async function doctorCommand(
  args: readonly string[],
  options: { readonly settings: Settings; readonly egressProgram: string },
): Promise<number> {
  const [unknown] = args.filter((arg) => arg !== '--json');
  if (unknown !== undefined) {
    process.stderr.write(`unknown argument "${unknown}"; there is --json\n`);
    return 2;
  }
  const { settings, egressProgram } = options;
  const serverPid = await runningServer(settings.dataDir);
  const isJson = args.includes('--json');
  const tell = ({ pending }: DoctorReport): void => {
    if (!isJson && pending.length === 1)
      process.stderr.write(`Looking at the ${pending[0]?.toLowerCase()} takes some seconds …\n\n`);
  };
  const report = await examine({ settings, clock: systemClock, serverPid, egressProgram }, { onChange: tell });
  process.stdout.write(isJson ? `${JSON.stringify(report)}\n` : describe(report, serverPid));
  return isFit(report) ? 0 : 1;
}

const holder = z.object({ host: z.string(), pid: z.int().positive() });

/** Who holds the data directory. What the lock file says is true only while that process lives. */
async function runningServer(dataDir: string): Promise<number | undefined> {
  try {
    const { host, pid } = holder.parse(JSON.parse(await readFile(join(dataDir, 'server.lock'), 'utf8')));
    if (host !== hostname()) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

const MARK = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const;

export function describe(report: DoctorReport, serverPid: number | undefined): string {
  const width = Math.max(...report.findings.map(({ title }) => title.length));
  const line = ({ state, title, what, remedy }: DoctorFinding): string =>
    `${MARK[state]}  ${title.padEnd(width)}  ${what}\n${remedy === undefined ? '' : `${' '.repeat(width + 8)}→ ${remedy}\n`}`;
  const count = (state: DoctorFinding['state']): number =>
    report.findings.filter((finding) => finding.state === state).length;
  const [failures, warnings] = [count('fail'), count('warn')];
  const verdict =
    failures > 0
      ? `${failures} ${failures === 1 ? 'thing has' : 'things have'} to be mended.`
      : warnings > 0
        ? `It works; ${warnings} ${warnings === 1 ? 'thing' : 'things'} could be better.`
        : 'All is well.';
  const beside =
    serverPid === undefined
      ? 'No server runs on this data directory.'
      : `Beside the running server, process ${serverPid}.`;
  return `${beside}\n\n${report.findings.map(line).join('')}\n${verdict}\n`;
}
