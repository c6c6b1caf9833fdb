import type { Clock, Closable, CloseReason, Emitter, Logger } from '@amphi/base';
import type { InitAnswer, MethodName, MethodParams, NetworkHealth, RecordedStream, UiLayout } from '@amphi/protocol';
import { SignalingConnection, type SignalingConnectionEvents, socketUrl } from '@amphi/signaling';
import {
  type Feedback,
  fetchInit,
  fetchLayouts,
  fetchRecordedStream,
  measureNetwork,
  sendFeedback,
} from './endpoints.ts';
import type { Environment } from './environment.ts';
import { toClientError } from './errors.ts';
import type { NetworkScore } from './network-score.ts';

export interface ConnectionOptions {
  readonly endpoint: string;
  readonly token: string;
  readonly peerId: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The signaling connection of one session. Each socket is preceded by `/init`, which says where it goes and which ICE
 * servers there are by then.
 */
export class Connection implements Closable {
  readonly #signaling: SignalingConnection;
  readonly #readLayouts: () => Promise<readonly UiLayout[]>;
  readonly #measureNetwork: (how: NetworkHealth) => Promise<NetworkScore | undefined>;
  readonly #readRecordedStream: () => Promise<RecordedStream>;
  readonly #sendFeedback: (sessionId: string, feedback: Feedback) => Promise<void>;
  #init: InitAnswer | undefined;
  /** Of the first init answer: who comes back is not told again. */
  #measure: NetworkHealth | undefined;

  constructor({ endpoint, token, peerId, environment, clock, logger }: ConnectionOptions) {
    this.#readLayouts = () => fetchLayouts({ environment, clock }, endpoint, token);
    this.#measureNetwork = (how) => measureNetwork({ environment, clock }, how);
    this.#readRecordedStream = () => fetchRecordedStream({ environment, clock }, endpoint, token);
    this.#sendFeedback = (sessionId, feedback) =>
      sendFeedback({ environment, clock }, endpoint, { token, sessionId, peerId, feedback });
    this.#signaling = new SignalingConnection({
      findAddress: async () => {
        this.#init = await fetchInit({ environment, clock }, endpoint, { token, peerId });
        this.#measure ??= this.#init.config.networkHealth;
        return socketUrl(this.#init.endpoint, { token, peerId, userAgent: environment.userAgent });
      },
      openSocket: (url, listener) => environment.openSocket(url, listener),
      onNetworkChange: (listener) => environment.onNetworkChange(listener),
      clock,
      logger,
    });
  }

  get events(): Emitter<SignalingConnectionEvents> {
    return this.#signaling.events;
  }

  get closed(): Promise<CloseReason> {
    return this.#signaling.closed;
  }

  get isOpen(): boolean {
    return this.#signaling.isOpen;
  }

  /** Counts the sockets: after another number the server may have lost what was told by the one before. */
  get socketNumber(): number {
    return this.#signaling.socketNumber;
  }

  /** How a ready-made room shows itself, our role first. @throws ClientError */
  readLayouts(): Promise<readonly UiLayout[]> {
    return this.#readLayouts();
  }

  /** @throws ClientError; works when closed, too */
  readRecordedStream(): Promise<RecordedStream> {
    return this.#readRecordedStream();
  }

  /** @throws ClientError; works when closed, too */
  sendFeedback(sessionId: string, feedback: Feedback): Promise<void> {
    return this.#sendFeedback(sessionId, feedback);
  }

  /** Of the latest init answer; without servers before `open`. */
  get rtcConfiguration(): RTCConfiguration {
    const { ice_servers: servers = [], ...rest } = this.#init?.rtcConfiguration ?? {};
    return { ...rest, iceServers: servers.map(toIceServer) };
  }

  /** @returns undefined where the server says no way, or no score */
  async measureNetwork(): Promise<NetworkScore | undefined> {
    const how = this.#measure;
    return how && this.#measureNetwork(how);
  }

  /** What the server wants of clients, as of the latest init answer. */
  get flags(): readonly string[] {
    return this.#init?.config.enabledFlags ?? [];
  }

  /**
   * The first connect.
   * @throws ClientError what the last attempt failed with
   */
  async open(): Promise<void> {
    try {
      await this.#signaling.open();
    } catch (error) {
      throw toClientError(error, 'endpoint_unreachable', 'connect');
    }
  }

  /** @throws ClientError `refused`, `request_timed_out`, `connection_lost`, `too_many_requests` */
  async request<Name extends MethodName>(method: Name, params: MethodParams<Name>): Promise<unknown> {
    try {
      return await this.#signaling.request(method, params);
    } catch (error) {
      throw toClientError(error, 'connection_lost', method);
    }
  }

  notify<Name extends MethodName>(method: Name, params: MethodParams<Name>): void {
    this.#signaling.notify(method, params);
  }

  /** Ends the time that a loss has started. */
  confirmRecovered(): void {
    this.#signaling.confirmRecovered();
  }

  /** Drops the socket and makes a new one, as after a loss. */
  reconnect(): void {
    this.#signaling.reconnect();
  }

  close(reason?: CloseReason): void {
    this.#signaling.close(reason);
  }
}

/** A server of an init answer, as browsers take it. */
export function toIceServer(server: {
  urls: string | string[];
  username?: string | undefined;
  credential?: string | undefined;
}): RTCIceServer {
  return {
    urls: server.urls,
    ...(server.username !== undefined && { username: server.username }),
    ...(server.credential !== undefined && { credential: server.credential }),
  };
}
