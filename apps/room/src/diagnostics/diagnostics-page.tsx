import { DIAGNOSTIC_CHECKS, type DiagnosticReport, diagnosticVerdict, type JoinLink } from '@amphi/client';
import { AmphiLogo, Button, CopyButton } from '@amphi/ui';
import { Stethoscope } from 'lucide-react';
import { useEffect } from 'react';
import { useWords } from '../words/speaking.tsx';
import { CheckRow } from './check-row.tsx';
import { reportText } from './report-text.ts';
import { useDiagnostics } from './use-diagnostics.ts';

/**
 * What is wrong, before one is in the room: each check as it goes on, what helps, and a report to send to whoever helps.
 * @param props.link the room by whose media it is tried; without it they are left out
 */
export default function DiagnosticsPage({ link }: { readonly link: JoinLink | undefined }) {
  const { diagnostics: words } = useWords();
  const { report, isRunning, start } = useDiagnostics(link);
  useEffect(() => {
    document.title = `${words.title} · Amphi`;
  }, [words]);
  const isOver = report !== undefined && !isRunning;
  return (
    <div className="flex min-h-dvh flex-col bg-page text-ink">
      <header className="flex items-center px-5 py-4 sm:px-8">
        <AmphiLogo />
      </header>
      <main className="mx-auto flex w-full max-w-xl flex-1 flex-col gap-6 px-5 pb-16 sm:px-8">
        <div className="flex flex-col gap-2">
          <h1 className="text-2xl font-semibold tracking-[-0.02em] text-balance">{words.title}</h1>
          <p className="text-pretty text-ink-soft">{words.intro}</p>
          {!link && <p className="text-pretty text-warn">{words.noRoom}</p>}
        </div>
        <p role="status" className="font-medium empty:hidden" data-testid="diagnostics-verdict">
          {report && <Summary report={report} />}
        </p>
        {report && (
          <ul className="flex flex-col divide-y divide-line rounded-card border border-line bg-card">
            {DIAGNOSTIC_CHECKS.map((check) => (
              <CheckRow key={check} check={check} report={report} />
            ))}
          </ul>
        )}
        <div className="flex flex-wrap gap-2">
          <Button
            variant={isOver ? 'secondary' : 'primary'}
            icon={<Stethoscope />}
            busy={isRunning}
            onClick={start}
            data-testid="diagnostics-start"
          >
            {isOver ? words.again : words.start}
          </Button>
          {isOver && (
            <CopyButton
              size="md"
              label={words.copy}
              what={words.title}
              value={reportText(report, link?.endpoint ?? window.location.origin, navigator.userAgent)}
              data-testid="diagnostics-copy"
            />
          )}
          {isOver && link && (
            <Button variant="primary" asChild>
              <a href={roomOf(link)} data-testid="diagnostics-to-room">
                {words.toRoom}
              </a>
            </Button>
          )}
        </div>
      </main>
    </div>
  );
}

function Summary({ report }: { readonly report: DiagnosticReport }) {
  const { diagnostics: words } = useWords();
  const verdict = diagnosticVerdict(report);
  if (verdict) return words.verdicts[verdict];
  const all = DIAGNOSTIC_CHECKS.length;
  const open = DIAGNOSTIC_CHECKS.filter((check) => /^(waiting|running)$/.test(report[check].status)).length;
  return words.progress(all - open, all);
}

/** The same address without what asks for the diagnostics. */
function roomOf({ access }: JoinLink): string {
  return `/meeting/${'roomCode' in access ? access.roomCode : ''}${window.location.search}`;
}
