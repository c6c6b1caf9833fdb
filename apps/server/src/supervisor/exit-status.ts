import { constants } from 'node:os';

/**
 * How the server says that another start would end the same way until somebody changes something: wrong settings, a port
 * that another program has, a data directory in use (`EX_CONFIG` of sysexits(3); systemd's `RestartPreventExitStatus`).
 */
export const MISCONFIGURED = 78;

/** A fault: the next start may well do better. */
export const FAULT = 1;

/** As a shell counts it. */
export function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
