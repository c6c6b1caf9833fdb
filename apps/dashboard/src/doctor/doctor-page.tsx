import type { DoctorFinding, DoctorReport } from '@amphi/protocol';
import { Button, Card, classNames, EmptyState, ErrorNotice, useAnnounce } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, Stethoscope, TriangleAlert } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { adviceFor } from '../api/advice.ts';
import { startDoctor } from '../api/platform.ts';
import { doctorQuery } from '../api/queries.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { Page } from '../shell/page.tsx';
import { groupFindings, progressOf, verdictOf } from './findings.ts';

/** Looks at the server's machine on demand: what `npm run doctor` prints. */
export function DoctorPage() {
  const client = useQueryClient();
  const { data: report, error, refetch } = useQuery(doctorQuery);
  const start = useMutation({
    mutationFn: startDoctor,
    onSuccess: (started) => client.setQueryData(doctorQuery.queryKey, started),
  });
  const isRunning = report?.finishedAt === undefined && report != null;
  useAnnouncedEnd(report);
  return (
    <Page
      title="Doctor"
      description="Looks at the server's machine: ports, addresses, certificate, TURN, clock, disk, memory, and how many streams it carries. It changes nothing."
      actions={
        <Button
          variant={report == null ? 'primary' : 'secondary'}
          icon={<Stethoscope />}
          busy={isRunning || start.isPending}
          onClick={() => start.mutate()}
          data-testid="doctor-start"
        >
          {isRunning ? 'Looking…' : report == null ? 'Look at the machine' : 'Look again'}
        </Button>
      }
    >
      {start.error !== null && (
        <ErrorNotice title="Could not start" message={adviceFor(start.error).message} data-testid="doctor-refused" />
      )}
      {report === undefined && error === null && <Loading what="the last report" />}
      {report === undefined && error !== null && (
        <LoadFailed what="the last report" error={error} onRetry={() => void refetch()} />
      )}
      {report === null && (
        <Card>
          <EmptyState
            icon={<Stethoscope />}
            title="Nobody has looked yet"
            description="It takes about ten seconds. A part of it tries the encoder; better do it when no stream is live."
          />
        </Card>
      )}
      {report != null && (
        <>
          {isRunning ? <Progress report={report} /> : <Verdict report={report} />}
          {groupFindings(report.findings).map(({ state, findings }) => (
            <Card key={state} title={`${headings[state]} (${findings.length})`} data-testid={`doctor-${state}`}>
              <ul className="flex flex-col divide-y divide-line">
                {findings.map((finding) => (
                  <Found key={`${finding.check} ${finding.what}`} finding={finding} />
                ))}
              </ul>
            </Card>
          ))}
        </>
      )}
    </Page>
  );
}

const headings: Record<DoctorFinding['state'], string> = {
  fail: 'To be mended',
  warn: 'Could be better',
  ok: 'Right',
};

const icons: Record<DoctorFinding['state'], ReactNode> = {
  fail: <CircleAlert className="text-danger" />,
  warn: <TriangleAlert className="text-warn" />,
  ok: <CircleCheck className="text-ok" />,
};

function Found({ finding: { title, state, what, remedy } }: { finding: DoctorFinding }) {
  return (
    <li className="flex gap-3 py-3 first:pt-0 last:pb-0 [&_svg]:mt-0.5 [&_svg]:size-5 [&_svg]:shrink-0">
      <span aria-hidden="true" className="contents">
        {icons[state]}
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-1 sm:flex-row sm:gap-4">
        <p className="shrink-0 text-[0.9375rem] font-medium sm:w-28">{title}</p>
        <div className="flex min-w-0 flex-1 flex-col gap-1 text-[0.9375rem] break-words">
          <p>{what}</p>
          {remedy !== undefined && <p className="text-ink-soft">{remedy}</p>}
        </div>
      </div>
    </li>
  );
}

function Progress({ report }: { report: DoctorReport }) {
  const { done, total, text } = progressOf(report);
  return (
    <div className="flex flex-col gap-2">
      <progress
        value={done}
        max={total}
        aria-label="Checks that are through"
        data-testid="doctor-progress"
        className="h-2 w-full overflow-hidden rounded-full accent-accent-fill [&::-moz-progress-bar]:bg-accent-fill [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent-fill"
      />
      <p className="text-[0.9375rem] text-ink-soft">{text}</p>
    </div>
  );
}

function Verdict({ report }: { report: DoctorReport }) {
  const { state, text } = verdictOf(report.findings);
  const washes = { fail: 'bg-danger-wash', warn: 'bg-warn-wash', ok: 'bg-ok-wash' };
  return (
    <div
      data-testid="doctor-verdict"
      className={classNames(
        'flex gap-3 rounded-control px-4 py-3 text-[0.9375rem] [&_svg]:mt-0.5 [&_svg]:size-5 [&_svg]:shrink-0',
        washes[state],
      )}
    >
      <span aria-hidden="true" className="contents">
        {icons[state]}
      </span>
      <p>
        <span className="font-medium">{text}</span>{' '}
        <span className="text-ink-soft">
          Looked at on {new Date(report.finishedAt ?? report.startedAt).toLocaleString()}.
        </span>
      </p>
    </div>
  );
}

/** Says how it ended to who cannot see it. A report that was there when the page opened is no news. */
function useAnnouncedEnd(report: DoctorReport | null | undefined): void {
  const announce = useAnnounce();
  const sawItRunning = useRef(false);
  useEffect(() => {
    if (report == null) return;
    if (report.finishedAt === undefined) {
      sawItRunning.current = true;
    } else if (sawItRunning.current) {
      sawItRunning.current = false;
      announce(verdictOf(report.findings).text);
    }
  }, [report, announce]);
}
