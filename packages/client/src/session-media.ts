import type { Notification } from '@amphi/protocol';
import type { LocalMedia } from './devices/local-media.ts';
import { ClientError, toClientError } from './errors.ts';
import { PeerConnections } from './peer-connections.ts';
import type { Reading } from './quality-samples.ts';
import type { SessionContext } from './session-context.ts';
import { type SessionStats, summarizeStats } from './stats.ts';
import type { TrackSlot } from './tracks/encodings.ts';
import type { RemoteMedia } from './tracks/remote-media.ts';
import { untilListed } from './until-listed.ts';

export interface SessionMediaOptions {
  readonly local: LocalMedia;
  readonly remote: RemoteMedia;
  readonly simulcast: boolean;
  /** Notifications that come over the media connections. */
  readonly onNotification: (method: string, params: unknown) => void;
}

/** Media of one session: joins with them, lets them follow the role, brings them back. */
export class SessionMedia {
  readonly #context: SessionContext;
  readonly #options: SessionMediaOptions;
  #connections: PeerConnections | undefined;

  constructor(context: SessionContext, options: SessionMediaOptions) {
    this.#context = context;
    this.#options = options;
  }

  /**
   * A loss while `join` waits is followed by another `join` (client protocol, 3.6).
   * @returns the number of the socket that it was answered on, once it is known who is there
   */
  async joinUntilAnswered(request: { readonly name: string; readonly data: string }): Promise<number> {
    for (;;) {
      try {
        const answeredOn = await this.#join(request);
        if (this.#context.scope.isClosed) throw new ClientError('closed', 'the session was left');
        return answeredOn;
      } catch (error) {
        if (this.#context.scope.isClosed) throw new ClientError('closed', 'the session was left');
        if (!(error instanceof ClientError && error.code === 'connection_lost')) throw error;
        await this.#reopened();
      }
    }
  }

  /** After the socket is back. @throws ClientError */
  async recover(): Promise<void> {
    await this.#connections?.recover();
  }

  /** Gives media what the role asks for; a role may have come while we were away. */
  async align(): Promise<void> {
    const connections = this.#connections;
    if (!connections) return;
    try {
      if (this.#context.store.get().self.level !== 'stream' && !connections.isStarted) await connections.start();
      await connections.applyRole();
    } catch (error) {
      this.#failUnlessTransient(toClientError(error, 'negotiation_failed', 'role change'));
    }
  }

  handle(notification: Notification): void {
    switch (notification.method) {
      case 'offer':
        this.#connections?.handleOffer(notification.params.sdp, notification.params.sfu_node_id);
        break;
      case 'trickle':
        this.#connections?.handleCandidate(notification.params.target, notification.params.candidate);
        break;
      case 'node-info':
        void this.#move(notification.params.sfu_node_id);
        break;
      default:
        break;
    }
  }

  /** Id of what we publish from a device; undefined while it is not published. */
  trackIdOf(slot: TrackSlot): string | undefined {
    return this.#connections?.trackIdOf(slot);
  }

  /** Totals over both connections and figures per track, now. */
  async stats(): Promise<SessionStats> {
    const reports = (await this.#connections?.stats()) ?? [];
    const { tracks } = this.#context.store.get();
    const ids = new Map(Object.values(tracks).flatMap(({ id, media }) => (media ? [[media.id, id]] : [])));
    return summarizeStats(reports, (mediaId) => ids.get(mediaId));
  }

  /** Figures by track, for whoever watches how media fare. */
  readQuality(): Promise<readonly Reading[]> {
    const sourceOf = (trackId: string) => this.#context.store.get().tracks[trackId]?.source;
    return this.#connections?.readQuality(sourceOf) ?? Promise.resolve([]);
  }

  /** Media are on another node. */
  async #move(nodeId: string): Promise<void> {
    try {
      await this.#connections?.handleNodeInfo(nodeId);
    } catch (error) {
      this.#failUnlessTransient(toClientError(error, 'media_lost', 'move of media'));
    }
  }

  /** What may succeed later is tried again by the connections themselves. */
  #failUnlessTransient(error: ClientError): void {
    if (!error.isTransient) this.#context.fail(error);
  }

  async #join({ name, data }: { readonly name: string; readonly data: string }): Promise<number> {
    const connection = this.#context.connection();
    if (!connection) throw new ClientError('connection_lost', 'join: not connected');
    const params = {
      name,
      data,
      disableVidAutoSub: true,
      server_sub_degrade: true,
      simulcast: this.#options.simulcast,
      onDemandTracks: false,
    };
    this.#connections ??= this.#createConnections();
    const connections = this.#connections;
    let askedOn = connection.socketNumber;
    await untilListed(connection, this.#context.clock, async () => {
      if (this.#context.store.get().self.level === 'stream') {
        await connection.request('join', params);
        return;
      }
      await connections.start((sdp) => {
        askedOn = connection.socketNumber;
        return connection.request('join', { ...params, offer: { type: 'offer', sdp } });
      });
    });
    return askedOn;
  }

  #reopened(): Promise<void> {
    return new Promise((resolve, reject) => {
      const connection = this.#context.connection();
      if (connection?.isOpen) {
        resolve();
        return;
      }
      connection?.events.once('reopened', () => resolve());
      this.#context.scope.defer(() => reject(new ClientError('closed', 'left while joining')));
    });
  }

  #createConnections(): PeerConnections {
    const { environment, clock, logger, scope, store, events, fail } = this.#context;
    const { local, remote, simulcast, onNotification } = this.#options;
    const connection = this.#context.connection();
    if (!connection) throw new ClientError('connection_lost', 'join: not connected');
    const { microphone, camera, screens } = local;
    const role = () => store.get().self.role;
    const connections = scope.own(
      new PeerConnections({ environment, clock, logger, connection, microphone, camera, screens, role, simulcast }),
    );
    connections.events.on('received', (received) => remote.setReceived(received));
    connections.events.on('layersReady', () => {
      remote.connectLayers((id, layer) => connections.subscription?.preferLayer(id, layer) ?? Promise.resolve());
    });
    connections.events.on('notification', ({ method, params }) => onNotification(method, params));
    connections.events.on('publishFailed', ({ error }) => events.emit('error', { error }));
    connections.events.on('failed', ({ error }) => fail(error));
    return connections;
  }
}
