import { messageOf } from '@amphi/base';
import type { DoctorFinding, DoctorReport } from '@amphi/protocol';
import type { Check, DoctorContext, Finding } from './check.ts';
import { addressesCheck } from './checks/addresses.ts';
import { certificateCheck } from './checks/certificate.ts';
import { clockCheck } from './checks/clock.ts';
import { diskCheck } from './checks/disk.ts';
import { encoderCheck } from './checks/encoder.ts';
import { httpsCheck } from './checks/https.ts';
import { limitsCheck } from './checks/limits.ts';
import { memoryCheck } from './checks/memory.ts';
import { nodeCheck } from './checks/node.ts';
import { portsCheck } from './checks/ports.ts';
import { storageCheck } from './checks/storage.ts';
import { turnCheck } from './checks/turn.ts';

/** In the order in which they are told. */
export const CHECKS: readonly Check[] = [
  nodeCheck,
  clockCheck,
  memoryCheck,
  diskCheck,
  limitsCheck,
  portsCheck,
  addressesCheck,
  httpsCheck,
  certificateCheck,
  turnCheck,
  storageCheck,
  encoderCheck,
];

/**
 * Runs the checks, the heavy ones at the end and alone. A check that breaks or hangs is a finding, too.
 * @param onChange called with the report so far whenever something was found
 */
export async function examine(
  context: Omit<DoctorContext, 'signal'>,
  options: {
    readonly checks?: readonly Check[];
    readonly onChange?: (report: DoctorReport) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<DoctorReport> {
  const { checks = CHECKS, onChange = () => {}, signal } = options;
  const startedAt = new Date(context.clock.now()).toISOString();
  const found = new Map<Check, readonly DoctorFinding[]>();
  const report = (): DoctorReport => ({
    startedAt,
    findings: checks.flatMap((check) => found.get(check) ?? []),
    pending: checks.filter((check) => !found.has(check)).map(({ title }) => title),
  });
  const run = async (check: Check): Promise<void> => {
    const findings = await runOne(check, context, signal);
    found.set(
      check,
      findings.map((finding) => ({ check: check.id, title: check.title, ...finding })),
    );
    onChange(report());
  };
  onChange(report());
  await Promise.all(checks.filter(({ isHeavy }) => !isHeavy).map(run));
  for (const check of checks.filter(({ isHeavy }) => isHeavy)) await run(check);
  return { ...report(), finishedAt: new Date(context.clock.now()).toISOString() };
}

async function runOne(
  check: Check,
  context: Omit<DoctorContext, 'signal'>,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  const timeout = AbortSignal.timeout(check.timeoutMs);
  const over = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const aborted = new Promise<never>((_resolve, reject) => {
    over.addEventListener('abort', () => reject(over.reason), { once: true });
  });
  try {
    return await Promise.race([check.run({ ...context, signal: over }), aborted]);
  } catch (error) {
    const what = timeout.aborted ? `did not finish within ${check.timeoutMs / 1000} s` : messageOf(error);
    return [
      { state: 'warn', what: `could not be checked: ${what}`, remedy: 'Run it again when the machine has time.' },
    ];
  }
}

/** Whether the machine can serve as it is set: warnings do not count. */
export function isFit(report: DoctorReport): boolean {
  return report.findings.every(({ state }) => state !== 'fail');
}
