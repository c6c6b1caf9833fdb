import type { Millis } from '@amphi/base';

/** What helps against what a check has found; words for people are the app's. */
export type Remedy =
  /** Nothing answers at the server's address: the network, or the address. */
  | 'check_address'
  /** The link or token is not accepted. */
  | 'check_link'
  /** The clock of this device is wrong; tokens and captions go by it. */
  | 'set_clock'
  /** Browsers give devices to pages over HTTPS only. */
  | 'use_https'
  | 'allow_device'
  | 'connect_device'
  /** Another program has it. */
  | 'free_device'
  /** It does not work, and the browser does not say why: another one, or a new start. */
  | 'try_another_device'
  /** UDP to the server's media ports is closed: it goes by another way, with more delay. */
  | 'open_udp'
  /** Nothing leads to the media: open the server's media ports, or have a TURN server set up. */
  | 'open_media_ports'
  /** The relay that the server names does not work. */
  | 'check_turn'
  /** Too little for camera and screen: another network, or fewer others on this one. */
  | 'find_faster_network';

/** What a check has come to. `warning`: it works, though not as well as it should. */
export type CheckResult<Figures> =
  | { readonly status: 'waiting' | 'running' }
  | { readonly status: 'passed'; readonly figures: Figures }
  | { readonly status: 'warning'; readonly figures: Figures | undefined; readonly remedy: Remedy }
  /** `message` says more, for whoever helps. */
  | { readonly status: 'failed'; readonly remedy: Remedy; readonly message: string }
  /** It was not asked for, or cannot be known: without a way in, without a relay to try, after what it needs has failed. */
  | { readonly status: 'skipped' };

/** A way to the media workers that works. */
export interface PathFigures {
  readonly roundTripMs: number | undefined;
}

/** All checks, as far as they are. */
export interface DiagnosticReport {
  readonly startedAt: Millis;
  readonly server: CheckResult<{ readonly roundTripMs: number }>;
  /** `skewMs`: how far the clock of this device is ahead. */
  readonly clock: CheckResult<{ readonly skewMs: number }>;
  readonly microphone: CheckResult<{ readonly label: string }>;
  readonly camera: CheckResult<{ readonly label: string; readonly width: number; readonly height: number }>;
  /** Straight to a media worker. */
  readonly udp: CheckResult<PathFigures>;
  readonly tcp: CheckResult<PathFigures>;
  /** Through a relay of those that the server names. */
  readonly turn: CheckResult<PathFigures & { readonly protocol: string | undefined }>;
  /** What can be sent, by the best of the ways: an estimate after some seconds, of at most what is tried. */
  readonly bandwidth: CheckResult<{ readonly outgoingBps: number }>;
}

/** The checks by name, in the order in which they are shown. */
export const DIAGNOSTIC_CHECKS = [
  'server',
  'clock',
  'microphone',
  'camera',
  'udp',
  'tcp',
  'turn',
  'bandwidth',
] as const;
/** The name of a check. */
export type DiagnosticCheck = (typeof DIAGNOSTIC_CHECKS)[number];

/**
 * What it comes to: `good`, `limited` (one can be in a room, with less than one might want), `bad` (one cannot), or undefined
 * while checks are under way.
 */
export function diagnosticVerdict(report: DiagnosticReport): 'good' | 'limited' | 'bad' | undefined {
  const results = DIAGNOSTIC_CHECKS.map((check) => report[check].status);
  if (results.includes('waiting') || results.includes('running')) return undefined;
  const paths = [report.udp, report.tcp, report.turn].filter(({ status }) => status !== 'skipped');
  const isCutOff = paths.length > 0 && paths.every(({ status }) => status === 'failed');
  if (report.server.status === 'failed' || isCutOff) return 'bad';
  return results.every((status) => status === 'passed' || status === 'skipped') ? 'good' : 'limited';
}
