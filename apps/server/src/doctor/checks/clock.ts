import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Millis } from '@amphi/base';
import type { Settings } from '../../settings.ts';
import { askAuthority } from '../authority.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';

/** Tokens allow a minute; TURN credentials and certificates have no patience at all. */
const FAIL_MS: Millis = 60_000;

interface ClockFacts {
  readonly nowMs: Millis;
  /** systemd's word; undefined where there is none. */
  readonly isSynchronized: boolean | undefined;
  /** When this program was built, which is in the past. */
  readonly builtMs: Millis;
  /** Last use of the data directory, which is in the past. */
  readonly usedMs: Millis | undefined;
  /** What another machine says the time is. */
  readonly other?: { readonly name: string; readonly nowMs: Millis } | undefined;
}

export const clockCheck: Check = {
  id: 'clock',
  title: 'Clock',
  timeoutMs: 8_000,
  async run({ settings, clock, signal }) {
    const [isSynchronized, other, built, used] = await Promise.all([
      askSystemd(signal),
      askOther(settings, signal),
      stat(fileURLToPath(import.meta.url)),
      stat(settings.dataDir).catch(() => undefined),
    ]);
    const nowMs = clock.now();
    return [judgeClock({ nowMs, isSynchronized, other, builtMs: built.mtimeMs, usedMs: used?.mtimeMs })];
  },
};

/** The certificate authority is the only other machine that the settings name and that is trusted to know the time. */
async function askOther({ tls }: Settings, signal: AbortSignal): Promise<ClockFacts['other']> {
  if (tls.mode !== 'acme') return undefined;
  const answer = await askAuthority(tls.acme.directoryUrl, signal);
  if ('problem' in answer || answer.nowMs === undefined) return undefined;
  return { name: new URL(tls.acme.directoryUrl).host, nowMs: answer.nowMs };
}

async function askSystemd(signal: AbortSignal): Promise<boolean | undefined> {
  try {
    const { stdout } = await promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
      signal,
    });
    return stdout.trim() === 'yes' ? true : stdout.trim() === 'no' ? false : undefined;
  } catch {
    return undefined;
  }
}

export function judgeClock(facts: ClockFacts): Finding {
  const { nowMs, isSynchronized, builtMs, usedMs, other } = facts;
  const now = `${new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const remedy = 'Set it and keep it right: apt install systemd-timesyncd, timedatectl set-ntp true.';
  if (other && Math.abs(other.nowMs - nowMs) > FAIL_MS) {
    const [by, way] = [durationText(Math.abs(other.nowMs - nowMs)), other.nowMs > nowMs ? 'behind' : 'ahead of'];
    return fail(
      `${now} is ${by} ${way} ${other.name}: certificates, tokens and TURN credentials will be refused`,
      remedy,
    );
  }
  const evidence = Math.max(builtMs, usedMs ?? 0);
  if (evidence - nowMs > FAIL_MS) {
    return fail(
      `${now} lies ${durationText(evidence - nowMs)} before files of this server were written: the clock went back`,
      remedy,
    );
  }
  if (isSynchronized === false) return warn(`${now}, kept right by nobody`, remedy);
  return ok(`${now}${isSynchronized ? ', kept right by NTP' : other ? `, as ${other.name} says` : ''}`);
}

function durationText(ms: Millis): string {
  const minutes = ms / 60_000;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 2 * 24 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 60 / 24)} days`;
}
