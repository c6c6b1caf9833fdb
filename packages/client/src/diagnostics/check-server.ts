import type { Clock } from '@amphi/base';
import { fetchServerTime } from '../endpoints.ts';
import type { Environment } from '../environment.ts';
import { toClientError } from '../errors.ts';
import type { DiagnosticReport } from './report.ts';

/** The quickest answer says most about the other clock. */
const QUESTIONS = 3;
/** Tokens are valid from the second on in which they were made; captions and streams are off by as much. */
const MAX_SKEW_MS = 10_000;

/** Asks the server for its time. */
export async function checkServer(
  environment: Pick<Environment, 'fetch'>,
  clock: Clock,
  endpoint: string,
): Promise<Pick<DiagnosticReport, 'server' | 'clock'>> {
  let roundTripMs = Number.POSITIVE_INFINITY;
  let skewMs = 0;
  try {
    for (let asked = 0; asked < QUESTIONS; asked += 1) {
      const before = clock.now();
      const theirs = await fetchServerTime({ environment, clock }, endpoint);
      const took = clock.now() - before;
      if (took >= roundTripMs) continue;
      roundTripMs = took;
      skewMs = Math.round(before + took / 2 - theirs);
    }
  } catch (error) {
    const { message } = toClientError(error, 'endpoint_unreachable', 'diagnostics');
    return { server: { status: 'failed', remedy: 'check_address', message }, clock: { status: 'skipped' } };
  }
  const isRight = Math.abs(skewMs) <= MAX_SKEW_MS;
  return {
    server: { status: 'passed', figures: { roundTripMs } },
    clock: isRight
      ? { status: 'passed', figures: { skewMs } }
      : { status: 'warning', figures: { skewMs }, remedy: 'set_clock' },
  };
}
