import { type Clock, systemClock } from '@amphi/base';
import { browserEnvironment } from '../browser/browser-environment.ts';
import { toIceServer } from '../connection.ts';
import { fetchInit, fetchTokenByRoomCode } from '../endpoints.ts';
import type { Environment } from '../environment.ts';
import { ClientError, toClientError } from '../errors.ts';
import type { Access } from '../session-types.ts';
import { checkCamera, checkMicrophone } from './check-device.ts';
import { checkServer } from './check-server.ts';
import { measureBandwidth, type Path, type ProbeContext, probePath } from './probe.ts';
import { type CheckResult, DIAGNOSTIC_CHECKS, type DiagnosticReport } from './report.ts';

/** What is to be looked at, and who is told. */
export interface DiagnosticsOptions {
  /** Origin of the Amphi server, as for `createSession`. */
  readonly endpoint: string;
  /** The way into a room. Without it the ways to the media are not tried: relays are for those who may come in. */
  readonly access?: Access | undefined;
  /** Opens microphone and camera for a moment; the browser may ask the person. Default true. */
  readonly devices?: boolean;
  /** Called with each change. */
  readonly onProgress?: (report: DiagnosticReport) => void;
  /** Ends it before its time. */
  readonly signal?: AbortSignal;
  readonly environment?: Environment;
  readonly clock?: Clock;
}

/** Below it a camera is hardly worth sending. */
const ENOUGH_BPS = 500_000;

/**
 * Looks at what a person needs to be in a room: the server, the clock, microphone and camera, the ways to the media workers and
 * what the best of them carries. Nobody sees or hears anything of it. It takes some ten seconds, and as long as the browser asks.
 * @throws ClientError `closed` when it was ended by `signal`; what a check finds is in the report
 */
export async function runDiagnostics(options: DiagnosticsOptions): Promise<DiagnosticReport> {
  const { access, devices = true, onProgress, signal } = options;
  const environment = options.environment ?? browserEnvironment();
  const clock = options.clock ?? systemClock;
  const endpoint = options.endpoint.replace(/\/+$/, '');
  let report = emptyReport(clock.now());
  const set = (change: Partial<DiagnosticReport>): void => {
    if (signal?.aborted) throw new ClientError('closed', 'the diagnostics were ended');
    report = { ...report, ...change };
    onProgress?.(report);
  };

  const checkDevices = async (): Promise<void> => {
    if (!devices) {
      set({ microphone: SKIPPED, camera: SKIPPED });
      return;
    }
    set({ microphone: RUNNING });
    set({ microphone: await checkMicrophone(environment.media), camera: RUNNING });
    set({ camera: await checkCamera(environment.media) });
  };

  const checkNetwork = async (): Promise<void> => {
    set({ server: RUNNING, clock: RUNNING });
    set(await checkServer(environment, clock, endpoint));
    if (report.server.status === 'failed' || !access) {
      set({ udp: SKIPPED, tcp: SKIPPED, turn: SKIPPED, bandwidth: SKIPPED });
      return;
    }
    const context = await enter(access);
    if (!context) return;
    const hasRelay = context.iceServers.length > 0;
    set({ udp: RUNNING, tcp: RUNNING, turn: hasRelay ? RUNNING : SKIPPED });
    const tryPath = async (path: Path): Promise<boolean> => {
      try {
        const figures = await probePath(context, path);
        set({ [path]: { status: 'passed', figures } });
        return true;
      } catch (error) {
        const { message } = toClientError(error, 'media_lost', path);
        set({ [path]: { status: 'failed', remedy: REMEDY_OF[path], message } });
        return false;
      }
    };
    const paths: readonly Path[] = hasRelay ? ['udp', 'tcp', 'turn'] : ['udp', 'tcp'];
    const works = await Promise.all(paths.map(tryPath));
    const best = paths.find((_, index) => works[index]);
    set(inTheLightOf(report, best));
    if (best === undefined) {
      set({ bandwidth: SKIPPED });
      return;
    }
    set({ bandwidth: RUNNING });
    set({ bandwidth: await bandwidthBy(context, best) });
  };

  /** @returns undefined when we are not let in; what follows is skipped then */
  const enter = async (way: Access): Promise<ProbeContext | undefined> => {
    try {
      const token =
        'token' in way
          ? way.token
          : await fetchTokenByRoomCode({ environment, clock }, endpoint, { code: way.roomCode, userId: way.userId });
      const init = await fetchInit({ environment, clock }, endpoint, { token, peerId: environment.randomId() });
      const iceServers = (init.rtcConfiguration?.ice_servers ?? []).map(toIceServer).filter(isRelay);
      return { environment, clock, endpoint, token, iceServers, signal };
    } catch (error) {
      const { message } = toClientError(error, 'endpoint_unreachable', 'diagnostics');
      set({
        server: { status: 'failed', remedy: 'check_link', message },
        udp: SKIPPED,
        tcp: SKIPPED,
        turn: SKIPPED,
        bandwidth: SKIPPED,
      });
      return undefined;
    }
  };

  await Promise.all([checkDevices(), checkNetwork()]);
  return report;
}

const RUNNING = { status: 'running' } as const;
const SKIPPED = { status: 'skipped' } as const;

const REMEDY_OF = { udp: 'open_media_ports', tcp: 'open_media_ports', turn: 'check_turn' } as const;

function emptyReport(startedAt: number): DiagnosticReport {
  const waiting = Object.fromEntries(DIAGNOSTIC_CHECKS.map((check) => [check, { status: 'waiting' }]));
  return { startedAt, ...waiting } as unknown as DiagnosticReport;
}

/** A way that is closed is no failure where another one leads there. */
function inTheLightOf(report: DiagnosticReport, best: Path | undefined): Partial<DiagnosticReport> {
  if (best === undefined) return {};
  const milder = <F>(result: CheckResult<F>, remedy: 'open_udp' | 'open_media_ports'): CheckResult<F> =>
    result.status === 'failed' ? { status: 'warning', figures: undefined, remedy } : result;
  return { udp: milder(report.udp, 'open_udp'), tcp: milder(report.tcp, 'open_media_ports') };
}

async function bandwidthBy(context: ProbeContext, path: Path): Promise<DiagnosticReport['bandwidth']> {
  try {
    const outgoingBps = await measureBandwidth(context, path);
    return outgoingBps >= ENOUGH_BPS
      ? { status: 'passed', figures: { outgoingBps } }
      : { status: 'warning', figures: { outgoingBps }, remedy: 'find_faster_network' };
  } catch (error) {
    const { message } = toClientError(error, 'media_lost', 'bandwidth');
    return { status: 'failed', remedy: 'find_faster_network', message };
  }
}

function isRelay({ urls }: RTCIceServer): boolean {
  return [urls].flat().some((url) => /^turns?:/.test(url));
}
