import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, type Logger, messageOf, OpenCounts } from '@amphi/base';
import { addressKey } from '../budgets/address-key.ts';
import { explainListenError } from '../http/listen-errors.ts';
import type { Limits } from '../settings/limits.ts';
import type { Ingests } from './ingests.ts';
import { RtmpConnection } from './rtmp-connection.ts';
import type { StartSendIn } from './send-in-process.ts';

/** Connections at a time, of all addresses together: those that do not publish are gone after some seconds. */
const MAX_CONNECTIONS = 1_000;
/** Key of what is counted for the whole server. */
const ALL = '';

/** Where encoders come in by RTMP. */
export class RtmpDoor {
  readonly #options: RtmpDoorOptions;
  readonly #server: Server;
  readonly #connections = new Set<RtmpConnection>();
  readonly #perAddress: OpenCounts;
  readonly #encoders: OpenCounts;
  #port: number | undefined;

  constructor(options: RtmpDoorOptions) {
    const { limits } = options;
    this.#options = options;
    this.#perAddress = new OpenCounts({ name: 'RTMP connections', max: limits.rtmpConnectionsPerAddress });
    this.#encoders = new OpenCounts({ name: 'encoders by RTMP', max: limits.rtmpEncoders });
    this.#server = createServer((socket) => this.#greet(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** On which it listens; none while it does not. */
  get port(): number | undefined {
    return this.#port;
  }

  /** One that cannot be had is told, and the server goes on without: encoders can send by WHIP. */
  async listen(at: { readonly port: number; readonly host: string }): Promise<void> {
    const { logger } = this.#options;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(at, () => {
          this.#server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      const explained = explainListenError(error, { ...at, setting: 'AMPHI_RTMP_PORT' });
      const { problem, remedy } = explained ?? { problem: messageOf(error), remedy: 'Look at the settings.' };
      logger.warn({ problem, remedy }, 'no encoder can send in by RTMP');
      return;
    }
    this.#server.on('error', (error) => logger.error({ error: error.message }, 'the RTMP port failed'));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const connections = [...this.#connections];
    for (const connection of connections) connection.close({ by: 'parent' });
    await Promise.all(connections.map((connection) => connection.closed));
    if (this.#port !== undefined) await closed;
    this.#port = undefined;
  }

  #greet(socket: Socket): void {
    const { ingests, startSendIn, whipUrl, reachedAt, clock, logger } = this.#options;
    const from = addressKey(socket.remoteAddress);
    if (this.#perAddress.refusalOf(from)) {
      socket.destroy();
      return;
    }
    const release = this.#perAddress.open(from);
    const connection = new RtmpConnection({
      socket,
      from,
      reachedAt: reachedAt(),
      ingests,
      startSendIn,
      whipUrl,
      takePlace: () => (this.#encoders.refusalOf(ALL) ? undefined : this.#encoders.open(ALL)),
      clock,
      logger: logger.child({ encoder: 'rtmp' }),
    });
    this.#connections.add(connection);
    void connection.closed.then(() => {
      release();
      this.#connections.delete(connection);
    });
  }
}

export interface RtmpDoorOptions {
  readonly ingests: Pick<Ingests, 'expect'>;
  readonly startSendIn: StartSendIn;
  readonly whipUrl: () => string;
  /** Base URL of the server. */
  readonly reachedAt: () => string;
  readonly limits: Pick<Limits, 'rtmpEncoders' | 'rtmpConnectionsPerAddress'>;
  readonly clock: Clock;
  readonly logger: Logger;
}
