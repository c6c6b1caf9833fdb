import { type DiagnosticReport, type JoinLink, runDiagnostics } from '@amphi/client';
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Diagnostics {
  /** As far as it is; undefined before the first start. */
  readonly report: DiagnosticReport | undefined;
  readonly isRunning: boolean;
  /** To be called from a click or key handler: browsers ask for devices then. */
  readonly start: () => void;
}

/** Runs the SDK's diagnostics; they end with the page. */
export function useDiagnostics(link: JoinLink | undefined): Diagnostics {
  const [report, setReport] = useState<DiagnosticReport>();
  const [isRunning, setIsRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = useRef<AbortController>(undefined);
  useEffect(() => () => run.current?.abort(), []);
  const start = useCallback(() => {
    run.current?.abort();
    run.current = new AbortController();
    const { signal } = run.current;
    setIsRunning(true);
    const endpoint = link?.endpoint ?? window.location.origin;
    runDiagnostics({ endpoint, access: link?.access, signal, onProgress: setReport })
      .catch((reason: unknown) => {
        if (!signal.aborted) setError(reason);
      })
      .finally(() => {
        if (!signal.aborted) setIsRunning(false);
      });
  }, [link]);
  // What a check finds is in the report: anything else is a fault of ours, which the page shows as such.
  if (error !== undefined) throw error;
  return { report, isRunning, start };
}
