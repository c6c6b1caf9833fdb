import type { DoctorFinding, DoctorReport } from '@amphi/protocol';

type State = DoctorFinding['state'];

const WORST_FIRST: readonly State[] = ['fail', 'warn', 'ok'];

/** What has to be mended first; within a group in the order of the checks. */
export function groupFindings(
  findings: readonly DoctorFinding[],
): readonly { readonly state: State; readonly findings: readonly DoctorFinding[] }[] {
  return WORST_FIRST.map((state) => ({
    state,
    findings: findings.filter((finding) => finding.state === state),
  })).filter((group) => group.findings.length > 0);
}

export function verdictOf(findings: readonly DoctorFinding[]): { readonly state: State; readonly text: string } {
  const count = (state: State): number => findings.filter((finding) => finding.state === state).length;
  const [failures, warnings] = [count('fail'), count('warn')];
  if (failures > 0) {
    return { state: 'fail', text: `${failures} ${failures === 1 ? 'thing has' : 'things have'} to be mended.` };
  }
  if (warnings > 0) {
    return { state: 'warn', text: `It works; ${warnings} ${warnings === 1 ? 'thing' : 'things'} could be better.` };
  }
  return { state: 'ok', text: 'All is well.' };
}

export function progressOf({ findings, pending }: Pick<DoctorReport, 'findings' | 'pending'>): {
  readonly done: number;
  readonly total: number;
  readonly text: string;
} {
  const done = new Set(findings.map(({ check }) => check)).size;
  const total = done + pending.length;
  return { done, total, text: `${done} of ${total} done. Still looking at: ${pending.join(', ')}.` };
}
