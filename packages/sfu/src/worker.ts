import { type CloseReason, CodedError, type Logger, messageOf, Scope } from '@amphi/base';
import type { types } from 'mediasoup';
import * as mediasoup from 'mediasoup';
import type { SfuErrorCode, SfuOptions, WorkerStats } from './contract.ts';
import { ROUTER_CODECS } from './media-codecs.ts';
import { WorkerSessionRouter } from './session-router.ts';
import { noUsage, type Usage } from './usage.ts';

const DEFAULT_INITIAL_OUTGOING_BITRATE_BPS = 1_500_000;

interface Ports {
  readonly udp: number;
  readonly tcp: number;
}

/** One worker process with its one UDP and one TCP port. Closes by `failure` when the process dies. */
export class SfuWorker {
  readonly usage: Usage = noUsage();
  readonly #options: SfuOptions;
  readonly #scope = new Scope();
  readonly #worker: types.Worker;
  readonly #webRtcServer: types.WebRtcServer;
  readonly #ports: Ports;

  /**
   * @param index place in the pool: which of the configured ports it gets
   * Throws `unavailable`.
   */
  static async start(options: SfuOptions, index: number): Promise<SfuWorker> {
    let worker: types.Worker | undefined;
    try {
      worker = await mediasoup.createWorker({ logLevel: 'error' });
      const webRtcServer = await worker.createWebRtcServer({ listenInfos: listenInfos(options, index) });
      const { udpSockets, tcpServers } = await webRtcServer.dump();
      const ports = { udp: udpSockets[0]?.port ?? 0, tcp: tcpServers[0]?.port ?? 0 };
      return new SfuWorker(options, worker, webRtcServer, ports);
    } catch (error) {
      worker?.close();
      throw new CodedError<SfuErrorCode>(
        'unavailable',
        `media worker ${index} cannot start on ${options.listen.map(({ ip }) => ip).join(', ')} (${mediasoup.workerBin}): ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  private constructor(options: SfuOptions, worker: types.Worker, webRtcServer: types.WebRtcServer, ports: Ports) {
    this.#options = options;
    this.#worker = worker;
    this.#webRtcServer = webRtcServer;
    this.#ports = ports;
    this.#scope.defer(async () => {
      if (worker.subprocessClosed) return;
      const gone = new Promise<void>((resolve) => worker.once('subprocessclose', resolve));
      worker.close();
      await gone;
    });
    worker.once('died', (error) => {
      options.logger.error({ pid: worker.pid, reason: messageOf(error) }, 'media worker died');
      this.close({ by: 'failure', code: 'worker_died' });
    });
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get pid(): number {
    return this.#worker.pid;
  }

  async createSessionRouter(sessionId: string): Promise<WorkerSessionRouter> {
    const router = await this.#worker.createRouter({ mediaCodecs: ROUTER_CODECS });
    const { plainIp = '127.0.0.1', initialOutgoingBitrateBps = DEFAULT_INITIAL_OUTGOING_BITRATE_BPS } = this.#options;
    const session = await WorkerSessionRouter.create({
      sessionId,
      router,
      createRouter: (mediaCodecs) => this.#worker.createRouter({ mediaCodecs }),
      webRtcServer: this.#webRtcServer,
      listen: this.#options.listen,
      plainIp,
      initialOutgoingBitrateBps,
      usage: this.usage,
      logger: this.#logger().child({ sessionId }),
    });
    return this.#scope.own(session);
  }

  async stats(): Promise<WorkerStats> {
    const { ru_utime, ru_stime } = await this.#worker.getResourceUsage();
    return {
      pid: this.#worker.pid,
      sessionRouters: this.usage.sessionRouters,
      cpuMs: ru_utime + ru_stime,
      udpPort: this.#ports.udp,
      tcpPort: this.#ports.tcp,
    };
  }

  /** What the worker process itself knows of: for tests that nothing is left behind. */
  async dump(): Promise<{ readonly routers: number; readonly transports: number }> {
    const [{ routerIds }, { webRtcTransportIds }] = await Promise.all([this.#worker.dump(), this.#webRtcServer.dump()]);
    return { routers: routerIds.length, transports: webRtcTransportIds.length };
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  #logger(): Logger {
    return this.#options.logger.child({ workerPid: this.#worker.pid });
  }
}

function listenInfos(options: SfuOptions, index: number): types.TransportListenInfo[] {
  const { listen, udpPort = 0, tcpPort = 0 } = options;
  return listen.flatMap(({ ip }) =>
    (['udp', 'tcp'] as const).map((protocol) => {
      const firstPort = protocol === 'udp' ? udpPort : tcpPort;
      return {
        protocol,
        ip,
        ...(firstPort === 0 ? {} : { port: firstPort + index }),
        // `::` would take the port of `0.0.0.0`, too.
        ...(ip.includes(':') ? { flags: { ipv6Only: true } } : {}),
      };
    }),
  );
}
