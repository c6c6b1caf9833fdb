import type { CheckResult, DiagnosticCheck, DiagnosticReport } from '@amphi/client';
import { classNames, Spinner } from '@amphi/ui';
import { CircleAlert, CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import { useWords } from '../words/speaking.tsx';
import type { Words } from '../words/words.ts';

/** One check: what it is, how it stands, what it has measured, and what helps. */
export function CheckRow({ check, report }: { readonly check: DiagnosticCheck; readonly report: DiagnosticReport }) {
  const words = useWords();
  const result: CheckResult<unknown> = report[check];
  const { states, checks, remedies } = words.diagnostics;
  return (
    <li className="flex gap-3 px-4 py-3" data-testid={`check-${check}`} data-status={result.status}>
      <span className={classNames('mt-0.5 shrink-0', LOOKS[result.status].tone)} aria-hidden="true">
        {LOOKS[result.status].icon}
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-0.5">
        <p className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="font-medium">{checks[check]}</span>
          <span className="text-sm text-ink-soft">{states[result.status]}</span>
        </p>
        {'figures' in result && result.figures !== undefined && (
          <p className="text-sm break-words text-ink-soft">
            <bdi>{figuresText(words, check, report)}</bdi>
          </p>
        )}
        {'remedy' in result && <p className="text-sm text-pretty">{remedies[result.remedy]}</p>}
      </div>
    </li>
  );
}

const LOOKS: Readonly<Record<CheckResult<unknown>['status'], { readonly icon: ReactNode; readonly tone: string }>> = {
  waiting: { icon: <CircleDashed className="size-5" />, tone: 'text-ink-faint' },
  running: { icon: <Spinner className="text-xl" />, tone: 'text-accent' },
  passed: { icon: <CircleCheck className="size-5" />, tone: 'text-ok' },
  warning: { icon: <CircleAlert className="size-5" />, tone: 'text-warn' },
  failed: { icon: <CircleX className="size-5" />, tone: 'text-danger' },
  skipped: { icon: <CircleDashed className="size-5" />, tone: 'text-ink-faint' },
};

/** What was measured, by a person's measure; the report has the figures as they are. */
function figuresText({ diagnostics: words, comma }: Words, check: DiagnosticCheck, report: DiagnosticReport): string {
  switch (check) {
    case 'server':
    case 'udp':
    case 'tcp':
    case 'turn': {
      const ms = figuresOf(report[check])?.roundTripMs;
      return ms === undefined ? '' : words.roundTrip(Math.max(1, Math.round(ms)));
    }
    case 'clock': {
      const seconds = (figuresOf(report.clock)?.skewMs ?? 0) / 1000;
      return words.skew(Math.abs(seconds));
    }
    case 'microphone':
      return figuresOf(report.microphone)?.label ?? '';
    case 'camera': {
      const { label = '', width = 0, height = 0 } = figuresOf(report.camera) ?? {};
      return [label, words.size(width, height)].filter(Boolean).join(comma);
    }
    case 'bandwidth':
      return words.bitrate((figuresOf(report.bandwidth)?.outgoingBps ?? 0) / 1e6);
  }
}

function figuresOf<F>(result: CheckResult<F>): F | undefined {
  return 'figures' in result ? result.figures : undefined;
}
