import { spawn } from 'node:child_process';
import { printResult, progress } from './result.ts';
import { cpuSeconds, PEERS_CORE, pin, requireTwoCores, SERVER_CORE } from './rtp-peers/cores.ts';
import { camera, forwardedStream, microphone, type SyntheticTrack } from './rtp-peers/media.ts';
import { nativeProgram, PeerProcess, type PeerReport } from './rtp-peers/peer-process.ts';
import { AmphiSubject } from './sfu-subjects/amphi.ts';
import { JanusSubject } from './sfu-subjects/janus.ts';
import type { Subject } from './sfu-subjects/subject.ts';

/**
 * What forwarding costs. One publisher (720p simulcast, then a microphone alone) and more and more receivers, all of them
 * synthetic (`bench/native/peers.c`) and on one core; on the other core, in turns, the product's media worker and
 * Debian's Janus (VideoRoom), and at last plain `sendto` of packets of the same size to as many sockets. A step counts
 * when nearly nothing was lost, nearly all got the top layer and its server used at most 90 % of its core; the figures are
 * of the largest step that both servers held, or of the smallest. Receivers behave as browsers: the same SRTP profile,
 * consent checks, transport-wide feedback.
 *
 * Targets: CPU a packet ≤ 1/3 of Janus' and ≤ 2 times that of `sendto`; added delay p99 ≤ 5 ms; no loss.
 * Arguments: `--receivers 50,100,…` the steps, `--seconds N` of a step (10).
 */

const option = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1]!;
};
const STEPS = option('receivers', '50,100,150,200,250,300,400,500').split(',').map(Number);
const SECONDS = Number(option('seconds', '10'));
/** Newcomers get the top layer once the server trusts their downlink; it is waited for, but no longer than this. */
const SETTLE_SECONDS = 15;
const FULL = 0.9;
/**
 * Of the packets that the top layer has. Ours estimates each downlink and gives a lower layer, of less than half the packets,
 * to whom a busy machine reads late: some may be there, not most.
 */
const WHOLE = 0.85;
/** What is lost beyond it is no accident of a machine that others use, too. */
const MOST_LOST = 0.001;
/** Receivers that are being connected at one time. */
const CONNECTING = 10;
/** What IP and UDP packets hold beside the payload of RTP: header, the extensions of a forwarded packet, the tag of GCM. */
const RTP_OVERHEAD_BYTES = 12 + 16 + 16;

interface Step extends PeerReport {
  readonly count: number;
  readonly usPerPacket: number;
  /** Of one core. */
  readonly load: number;
  /** Of the packets that were due. */
  readonly share: number;
}

interface Climb {
  readonly steps: readonly Step[];
  /** Receivers of the largest step that counts. */
  readonly held: number;
  readonly srtpProfile: string;
}

const SUBJECTS = { amphi: AmphiSubject, janus: JanusSubject } as const;

requireTwoCores();
pin(process.pid, PEERS_CORE);
printResult({
  ...(await measure(camera, '')),
  ...(await measure(microphone, 'audio_')),
  seconds: SECONDS,
});

async function measure(track: SyntheticTrack, prefix: string): Promise<Record<string, number | string>> {
  const amphi = await climb('amphi', track);
  const janus = await climb('janus', track);
  const count = Math.max(Math.min(amphi.held, janus.held), STEPS[0]!);
  const ours = stepAt(amphi, count);
  const theirs = stepAt(janus, count);
  const plainUs = await sendtoUs(track, count);
  const figures = {
    us_per_packet: ours.usPerPacket,
    ratio_to_janus: theirs.usPerPacket / ours.usPerPacket,
    share_of_sendto: plainUs / ours.usPerPacket,
    janus_us_per_packet: theirs.usPerPacket,
    sendto_us_per_packet: plainUs,
    delay_p50_ms: ours.delayP50Ms,
    delay_p99_ms: ours.delayP99Ms,
    janus_delay_p99_ms: theirs.delayP99Ms,
    lost: ours.lost,
    top_layer_share: ours.share,
    janus_lost: theirs.lost,
    janus_top_layer_share: theirs.share,
    receivers: count,
    viewers_per_core: amphi.held,
    janus_viewers_per_core: janus.held,
    srtp: amphi.srtpProfile === janus.srtpProfile ? amphi.srtpProfile : `${amphi.srtpProfile}, ${janus.srtpProfile}`,
  };
  return Object.fromEntries(Object.entries(figures).map(([key, value]) => [prefix + key, value]));
}

function stepAt({ steps }: Climb, count: number): Step {
  return steps.find((step) => step.count === count)!;
}

/** More receivers at each step, until one does not count. */
async function climb(name: keyof typeof SUBJECTS, track: SyntheticTrack): Promise<Climb> {
  const peers = await PeerProcess.start(PEERS_CORE);
  const subject = await SUBJECTS[name].start(peers);
  const steps: Step[] = [];
  let held = 0;
  try {
    await subject.publish(track);
    let connected = 0;
    for (const count of STEPS) {
      await addReceivers(subject, connected + 1, count);
      connected = count;
      const step = await measureStep(subject, peers, track, count);
      steps.push(step);
      progress(
        `${name}, ${track.trackId}, ${count} receivers: ${step.usPerPacket.toFixed(2)} µs a packet, core ${(step.load * 100).toFixed(0)} %, ` +
          `delay p99 ${step.delayP99Ms.toFixed(1)} ms, ${step.lost} lost, ${(step.share * 100).toFixed(0)} % of the top layer`,
      );
      if (step.lost > step.received * MOST_LOST || step.silent > 0 || step.share < WHOLE || step.load > FULL) break;
      held = count;
    }
    return { steps, held, srtpProfile: subject.srtpProfile };
  } finally {
    await subject.close();
    await peers.stop();
  }
}

async function addReceivers(subject: Subject, first: number, last: number): Promise<void> {
  const ids = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const connect = async (): Promise<void> => {
    for (let id = ids.shift(); id !== undefined; id = ids.shift()) await subject.addReceiver(id);
  };
  await Promise.all(Array.from({ length: CONNECTING }, connect));
}

async function measureStep(subject: Subject, peers: PeerProcess, track: SyntheticTrack, count: number): Promise<Step> {
  pin(subject.pid, SERVER_CORE);
  const due = (seconds: number): number => forwardedStream(track).packets * count * seconds;
  for (let second = 0; second < SETTLE_SECONDS; second++) {
    peers.reset();
    await pause(1);
    if ((await peers.report()).received >= due(1) * WHOLE) break;
  }
  peers.reset();
  const startedAt = performance.now();
  const before = cpuSeconds(subject.pid);
  await pause(SECONDS);
  const report = await peers.report();
  const used = cpuSeconds(subject.pid) - before;
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    ...report,
    count,
    usPerPacket: (used * 1e6) / report.received,
    load: used / seconds,
    share: report.received / due(seconds),
  };
}

/** CPU of one packet by `sendto`, to sockets that are read. */
async function sendtoUs(track: SyntheticTrack, count: number): Promise<number> {
  const peers = await PeerProcess.start(PEERS_CORE);
  try {
    const ports = await Promise.all(Array.from({ length: count }, (_, index) => peers.plain(index)));
    const { packets, bytes } = forwardedStream(track);
    const args = [packets, bytes + RTP_OVERHEAD_BYTES, SECONDS].map(String);
    const child = spawn('taskset', ['-c', String(SERVER_CORE), nativeProgram('sendto'), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(ports.join('\n'));
    let output = '';
    for await (const piece of child.stdout) output += String(piece);
    const [sent = 0, us = 0] = output.trim().split(' ').map(Number);
    const { received } = await peers.report();
    progress(
      `sendto, ${track.trackId}, ${count} receivers: ${(us / sent).toFixed(2)} µs a packet, ${sent - received} lost`,
    );
    return us / sent;
  } finally {
    await peers.stop();
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
