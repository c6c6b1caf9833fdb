import { readFile } from 'node:fs/promises';
import { type Check, type Finding, fail, ok, sizeText, warn } from '../check.ts';

/** Each person, viewer and player is a file to the kernel; a server at rest has about a hundred open. */
const LEAST_FILES = 1024;
const GOOD_FILES = 8192;
/** Linux' own default: 90 to 250 packets that wait while a worker does something else. */
const LEAST_BUFFER_BYTES = 212_992;

export const limitsCheck: Check = {
  id: 'limits',
  title: 'Limits',
  timeoutMs: 2_000,
  async run() {
    const [limits, receive, send, snmp] = await Promise.all([
      readFile('/proc/self/limits', 'utf8'),
      readFile('/proc/sys/net/core/rmem_default', 'utf8').catch(() => undefined),
      readFile('/proc/sys/net/core/wmem_default', 'utf8').catch(() => undefined),
      readFile('/proc/net/snmp', 'utf8').catch(() => ''),
    ]);
    return [
      judgeFiles(readOpenFiles(limits)),
      ...(receive === undefined || send === undefined
        ? []
        : [judgeUdp({ receiveBytes: Number(receive), sendBytes: Number(send), ...readUdpCounters(snmp) })]),
    ];
  },
};

/** Of `/proc/self/limits`, proc(5). */
export function readOpenFiles(limits: string): number {
  const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? [];
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft ?? 0);
}

export function judgeFiles(openFiles: number): Finding {
  const what = `${openFiles === Number.POSITIVE_INFINITY ? 'any number of' : openFiles} open files`;
  const remedy = `Raise it: LimitNOFILE=65536 in the systemd unit, or ulimit -n 65536 before the start.`;
  if (openFiles < LEAST_FILES) return fail(`${what} are too few for ${LEAST_FILES} connections`, remedy);
  return openFiles < GOOD_FILES ? warn(`${what}, and as many people at most`, remedy) : ok(what);
}

interface UdpCounters {
  readonly received: number;
  /** Lost because the socket's buffer was full, since the machine started. */
  readonly lost: number;
}

/** Of `/proc/net/snmp`: a line of names, then one of values. */
export function readUdpCounters(snmp: string): UdpCounters {
  const [names = [], values = []] = snmp
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.split(' '));
  const of = (name: string): number => Number(values[names.indexOf(name)] ?? 0);
  return { received: of('InDatagrams'), lost: of('RcvbufErrors') };
}

export function judgeUdp(
  measured: { readonly receiveBytes: number; readonly sendBytes: number } & UdpCounters,
): Finding {
  const { receiveBytes, sendBytes, received, lost } = measured;
  const what = `UDP buffers of ${sizeText(receiveBytes)} and ${sizeText(sendBytes)}`;
  const raise =
    'sysctl -w net.core.rmem_default=1048576 net.core.wmem_default=1048576 (and in /etc/sysctl.d to last), then restart';
  if (receiveBytes < LEAST_BUFFER_BYTES || sendBytes < LEAST_BUFFER_BYTES) {
    return warn(`${what} are smaller than Linux has them`, `Raise them: ${raise}.`);
  }
  // One in ten thousand is repaired by retransmission without anybody noticing.
  if (lost > received / 10_000) {
    return warn(
      `${what}; ${lost} of ${received + lost} packets were lost in full buffers since the machine started`,
      `Raise them: ${raise}.`,
    );
  }
  return ok(what);
}
