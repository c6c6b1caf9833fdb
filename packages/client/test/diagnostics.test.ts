import { VirtualClock } from '@amphi/testkit';
import { describe, expect, it } from 'vitest';
import {
  ClientError,
  type ClientErrorCode,
  DIAGNOSTIC_CHECKS,
  type DiagnosticReport,
  type DiagnosticsOptions,
  diagnosticVerdict,
  type Environment,
  type HttpResponse,
  runDiagnostics,
} from '../src/index.ts';
import { FakePeerConnection, fakeTrack } from './fake-peer-connection.ts';

const ANSWER = [
  'v=0',
  'a=candidate:udpcandidate 1 udp 2 192.0.2.1 40000 typ host',
  'a=candidate:tcpcandidate 1 tcp 1 192.0.2.1 40000 typ host tcptype passive',
].join('\r\n');
const TURN = { urls: 'turn:turn.example.org', username: 'u', credential: 'c' };

interface World {
  /** Ways that lead to the media workers. */
  readonly open?: readonly ('udp' | 'tcp' | 'turn')[];
  readonly iceServers?: readonly object[];
  readonly outgoingBps?: number;
  /** How far the server's clock is behind. */
  readonly skewMs?: number;
  /** Paths that answer with this status. */
  readonly refuses?: Readonly<Record<string, number>>;
  readonly isUnreachable?: boolean;
  readonly deviceError?: ClientErrorCode;
  readonly hasMedia?: boolean;
}

/** A browser, a server and the network between them, without media; time goes on whenever something waits for it. */
function browserIn(world: World) {
  const clock = new VirtualClock(1_000_000);
  const connections: Probe[] = [];
  const stopped: string[] = [];

  class Probe extends FakePeerConnection {
    #onState: (state: RTCPeerConnectionState) => void = () => {};
    override onState(listener: (state: RTCPeerConnectionState) => void): void {
      this.#onState = listener;
    }
    override async acceptAnswer(sdp: string): Promise<void> {
      const isRelay = this.configuration?.iceTransportPolicy === 'relay';
      const ways = isRelay ? ['turn'] : ['udp', 'tcp'].filter((way) => sdp.includes(`${way}candidate`));
      const isOpen = ways.some((way) => (world.open ?? ['udp', 'tcp', 'turn']).includes(way as 'udp'));
      this.state = isOpen ? 'connected' : 'failed';
      this.#onState(this.state);
    }
    override async stats() {
      const pair = { type: 'candidate-pair', timestamp: 0, nominated: true, localCandidateId: 'l' };
      const figures = { currentRoundTripTime: 0.05, availableOutgoingBitrate: world.outgoingBps ?? 2_000_000 };
      return [
        { ...pair, ...figures },
        { type: 'local-candidate', timestamp: 0, id: 'l', relayProtocol: 'tls' },
      ];
    }
  }

  const answers: Readonly<Record<string, () => unknown>> = {
    '/v2/diagnostics': () => ({ time_ms: clock.now() - (world.skewMs ?? 0) }),
    '/v2/token': () => ({ token: 'the-token' }),
    '/init': () => ({ endpoint: 'wss://x', rtcConfiguration: { ice_servers: world.iceServers ?? [TURN] }, config: {} }),
    '/v2/diagnostics/connection': () => ({ sdp: ANSWER, lifetime_ms: 15_000 }),
  };
  const environment = {
    async fetch(url: string): Promise<HttpResponse> {
      if (world.isUnreachable) throw new TypeError('Failed to fetch');
      const path = new URL(url).pathname;
      const status = world.refuses?.[path] ?? 200;
      const body = status === 200 ? answers[path]?.() : { code: status, message: 'no' };
      return { status, header: () => null, text: async () => JSON.stringify(body) };
    },
    createPeerConnection(configuration: RTCConfiguration) {
      const made = new Probe();
      made.configuration = configuration;
      connections.push(made);
      return made;
    },
    createTestPicture: () => ({ track: fakeTrack('video', 'noise'), stop: () => stopped.push('noise') }),
    media:
      world.hasMedia === false
        ? undefined
        : {
            async capture({ kind }: { readonly kind: 'audio' | 'video' }) {
              if (world.deviceError) throw new ClientError(world.deviceError, 'no device');
              const track = fakeTrack(kind, kind);
              return Object.assign(track, {
                label: `a ${kind} device`,
                getSettings: () => ({ width: 640, height: 360 }),
                stop: () => stopped.push(kind),
              });
            },
          },
    randomId: () => 'peer',
    userAgent: 'sdk:test',
  } as unknown as Environment;

  const reports: DiagnosticReport[] = [];
  const run = async (options: Partial<DiagnosticsOptions> = {}): Promise<DiagnosticReport> => {
    let isOver = false;
    const report = runDiagnostics({
      endpoint: 'https://live.example.org/',
      access: { roomCode: 'abc-defg-hij' },
      environment,
      clock,
      onProgress: (progress) => reports.push(progress),
      ...options,
    }).finally(() => {
      isOver = true;
    });
    report.catch(() => {});
    for (let turn = 0; turn < 2_000 && !isOver; turn += 1) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      clock.advance(100);
    }
    return report;
  };
  return { run, reports, connections, stopped };
}

const statusesOf = (report: DiagnosticReport) =>
  Object.fromEntries(DIAGNOSTIC_CHECKS.map((check) => [check, report[check].status]));
const ALL_PASSED = Object.fromEntries(DIAGNOSTIC_CHECKS.map((check) => [check, 'passed']));

describe('diagnostics', () => {
  it('DIA6: pass where all is well, and leave nothing open', async () => {
    const { run, reports, connections, stopped } = browserIn({});
    const report = await run();
    expect(statusesOf(report)).toEqual(ALL_PASSED);
    expect(report.turn).toEqual({ status: 'passed', figures: { roundTripMs: 50, protocol: 'tls' } });
    expect(report.bandwidth).toEqual({ status: 'passed', figures: { outgoingBps: 2_000_000 } });
    expect(report.camera).toEqual({ status: 'passed', figures: { label: 'a video device', width: 640, height: 360 } });
    expect(diagnosticVerdict(report)).toBe('good');
    expect(connections).toHaveLength(4);
    expect(connections.every(({ isClosed }) => isClosed)).toBe(true);
    expect(stopped.sort()).toEqual(['audio', 'noise', 'video']);
    // What is shown meanwhile is no verdict yet.
    expect(reports.length).toBeGreaterThan(8);
    expect(diagnosticVerdict(reports[0] as DiagnosticReport)).toBeUndefined();
    expect(reports.at(-1)).toEqual(report);
  });

  it.each([
    [['tcp'], { udp: 'open_udp' }, 'limited'],
    [['udp'], { tcp: 'open_media_ports', turn: 'check_turn' }, 'limited'],
    [['turn'], { udp: 'open_udp', tcp: 'open_media_ports' }, 'limited'],
    [[], { udp: 'open_media_ports', tcp: 'open_media_ports', turn: 'check_turn' }, 'bad'],
  ] as const)('DIA7: where only %j leads to the media, what helps is told', async (open, remedies, verdict) => {
    const report = await browserIn({ open }).run();
    expect(report).toMatchObject(
      Object.fromEntries(Object.entries(remedies).map(([path, remedy]) => [path, { remedy }])),
    );
    for (const path of open) expect(report[path].status).toBe('passed');
    expect(report.bandwidth.status).toBe(open.length > 0 ? 'passed' : 'skipped');
    expect(diagnosticVerdict(report)).toBe(verdict);
  });

  it.each<[ClientErrorCode, string]>([
    ['device_denied', 'allow_device'],
    ['device_missing', 'connect_device'],
    ['device_in_use', 'free_device'],
    ['device_failed', 'try_another_device'],
  ])('DIA7: of a device that is %s: %s', async (deviceError, remedy) => {
    const report = await browserIn({ deviceError }).run();
    expect([report.microphone, report.camera]).toMatchObject([
      { status: 'failed', remedy },
      { status: 'failed', remedy },
    ]);
    expect(diagnosticVerdict(report)).toBe('limited');
  });

  it('DIA7: of a page that browsers give no devices', async () => {
    expect((await browserIn({ hasMedia: false }).run()).camera).toMatchObject({ remedy: 'use_https' });
  });

  it.each([
    [9_000, 'passed'],
    [-9_000, 'passed'],
    [60_000, 'warning'],
    [-60_000, 'warning'],
  ])('DIA7: a clock that is %d ms ahead has %s', async (skewMs, status) => {
    const { clock } = await browserIn({ skewMs }).run();
    expect(clock).toMatchObject({ status, figures: { skewMs } });
  });

  it('DIA7: too little bandwidth is told', async () => {
    expect((await browserIn({ outgoingBps: 200_000 }).run()).bandwidth).toEqual({
      status: 'warning',
      figures: { outgoingBps: 200_000 },
      remedy: 'find_faster_network',
    });
  });

  it('DIA8: what cannot be known is skipped: without a way in, without a relay, without the devices', async () => {
    const noWay = { udp: 'skipped', tcp: 'skipped', turn: 'skipped', bandwidth: 'skipped' };
    expect(statusesOf(await browserIn({}).run({ access: undefined }))).toEqual({ ...ALL_PASSED, ...noWay });
    const bare = await browserIn({ iceServers: [{ urls: 'stun:stun.example.org' }] }).run({ devices: false });
    expect(statusesOf(bare)).toEqual({ ...ALL_PASSED, turn: 'skipped', microphone: 'skipped', camera: 'skipped' });
    expect(diagnosticVerdict(bare)).toBe('good');
  });

  it.each([
    [{ isUnreachable: true }, 'check_address'],
    [{ refuses: { '/v2/token': 404 } }, 'check_link'],
    [{ refuses: { '/init': 403 } }, 'check_link'],
  ])('DIA8: nothing more is tried where the server is not had: %j', async (world, remedy) => {
    const { run, connections } = browserIn(world);
    const report = await run();
    expect(report.server).toMatchObject({ status: 'failed', remedy });
    expect([report.udp.status, report.bandwidth.status, connections.length]).toEqual(['skipped', 'skipped', 0]);
    expect(diagnosticVerdict(report)).toBe('bad');
  });

  it('DIA9: ended before its time it rejects, and everything is closed', async () => {
    const abort = new AbortController();
    const { run, connections, stopped } = browserIn({});
    const ended = run({
      signal: abort.signal,
      onProgress: ({ bandwidth }) => {
        if (bandwidth.status === 'running') abort.abort();
      },
    });
    await expect(ended).rejects.toMatchObject({ code: 'closed' });
    expect(connections.every(({ isClosed }) => isClosed)).toBe(true);
    expect(stopped).toContain('audio');
  });
});
