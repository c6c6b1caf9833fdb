import { DIAGNOSTIC_CHECKS, type DiagnosticReport, diagnosticVerdict } from '@amphi/client';

/**
 * A report for whoever helps, as JSON and as the SDK has it, whatever the page speaks. It names devices and the browser, and
 * nothing that would let anybody in.
 * @param browser its user agent
 */
export function reportText(report: DiagnosticReport, server: string, browser: string): string {
  const checks = Object.fromEntries(DIAGNOSTIC_CHECKS.map((check) => [check, report[check]]));
  const startedAt = new Date(report.startedAt).toISOString();
  return JSON.stringify({ verdict: diagnosticVerdict(report), startedAt, server, browser, checks }, null, 2);
}
