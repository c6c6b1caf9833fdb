import type { DiagnosticReport } from '@amphi/client';
import { expect, it } from 'vitest';
import { reportText } from './report-text.ts';

const skipped = { status: 'skipped' } as const;
const report: DiagnosticReport = {
  startedAt: Date.UTC(2026, 10, 29, 12),
  server: { status: 'passed', figures: { roundTripMs: 20 } },
  clock: skipped,
  microphone: skipped,
  camera: { status: 'failed', remedy: 'allow_device', message: 'no' },
  udp: skipped,
  tcp: skipped,
  turn: skipped,
  bandwidth: skipped,
};

it('DIA10: the report that is copied has the verdict, when and where, the browser and each check', () => {
  const { startedAt: _, ...checks } = report;
  expect(JSON.parse(reportText(report, 'https://live.example.org', 'a browser'))).toEqual({
    verdict: 'limited',
    startedAt: '2026-11-29T12:00:00.000Z',
    server: 'https://live.example.org',
    browser: 'a browser',
    checks,
  });
});
