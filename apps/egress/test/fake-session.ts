import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { plainLayerParams, plainSubscribeParams, type Role } from '@amphi/protocol';
import type { RtpSender } from '@amphi/testkit/synthetic';
import { type WebSocket, WebSocketServer } from 'ws';

/** Something that sends RTP: a camera or a microphone of software. */
interface Sending {
  readonly sender: RtpSender;
  close(): void;
}

export interface FakeTrack {
  readonly trackId: string;
  readonly kind: 'audio' | 'video';
  readonly mimeType: 'audio/opus' | 'video/VP8' | 'video/H264';
  readonly source: 'regular' | 'screen';
  readonly ssrc: number;
  readonly payloadType: number;
  readonly rtx?: { readonly ssrc: number; readonly payloadType: number };
  /** In how many layers the server says that it comes; left out, it does not say. */
  layers?: number;
  readonly device: Sending;
}

interface FakePeer {
  readonly peerId: string;
  readonly name: string;
  readonly joinedAt: number;
  readonly tracks: Map<string, FakeTrack & { muted: boolean }>;
}

/**
 * A session as the hidden peer sees it: a signaling socket that tells of peers and tracks that the test makes up, and
 * sends their tracks over plain RTP when asked.
 */
export class FakeSession {
  /** Answers `join` with this error. */
  refuseJoin: { readonly code: number; readonly message: string } | undefined;
  /** Wishes for layers in the order they came, by track. */
  readonly layers: { readonly trackId: string; readonly layer: number }[] = [];
  readonly subscribed: string[] = [];
  readonly unsubscribed: string[] = [];
  joins = 0;
  sockets = 0;
  leaves = 0;
  readonly #server: WebSocketServer;
  readonly #peers = new Map<string, FakePeer>();
  readonly #subscriptions = new Map<string, { readonly trackId: string; readonly ip: string; readonly port: number }>();
  #socket: WebSocket | undefined;
  #joined = false;
  #roles: readonly Role[] = [];

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async open(): Promise<FakeSession> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new FakeSession(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ws`;
  }

  peerJoins(peerId: string, name: string): void {
    const peer: FakePeer = { peerId, name, joinedAt: Date.now(), tracks: new Map() };
    this.#peers.set(peerId, peer);
    this.#notify('on-peer-join', describePeer(peer));
  }

  peerLeaves(peerId: string): void {
    const peer = this.#peers.get(peerId)!;
    this.#peers.delete(peerId);
    this.#notify('on-track-remove', describeTracks(peer));
    this.#notify('on-peer-leave', { peer_id: peerId });
    for (const trackId of peer.tracks.keys()) this.#endSubscriptions(trackId);
    for (const track of peer.tracks.values()) track.device.close();
  }

  publishes(peerId: string, track: FakeTrack): void {
    const peer = this.#peers.get(peerId)!;
    peer.tracks.set(track.trackId, { ...track, muted: false });
    this.#notify('on-track-add', describeTracks(peer, track.trackId));
  }

  /** The track ends and is there again at once under the same id, as after the loss of a media worker. */
  publishesAgain(peerId: string, trackId: string): void {
    const peer = this.#peers.get(peerId)!;
    this.#notify('on-track-remove', describeTracks(peer, trackId));
    this.#notify('on-track-add', describeTracks(peer, trackId));
    this.#endSubscriptions(trackId);
  }

  /**
   * A publisher rebuilt its connection, with the same track ids: who lists the peers sees no difference.
   * @param layers that it sends now
   */
  producerReplaced(trackId: string, layers?: number): void {
    const track = this.#track(trackId);
    if (track && layers !== undefined) track.layers = layers;
    this.#endSubscriptions(trackId);
  }

  /** What the publishers of all subscribed tracks report at this moment. */
  tellCaptureReports(): void {
    for (const [id, { trackId }] of this.#subscriptions) {
      const report = this.#track(trackId)?.device.sender.captureReport();
      if (!report) continue;
      const { ssrc, ntp, rtpTimestamp } = report;
      this.#notify('plain-report', { subscription_id: id, ssrc, ntp, rtp_timestamp: rtpTimestamp });
    }
  }

  /** All subscriptions are lost; the session's media are on another router now. */
  mediaMoves(): void {
    this.#subscriptions.clear();
    this.#notify('node-info', { sfu_node_id: 'node-2' });
  }

  /** The track's sender falls silent, too. */
  mutes(peerId: string, trackId: string, muted: boolean): void {
    const peer = this.#peers.get(peerId)!;
    const track = peer.tracks.get(trackId)!;
    track.muted = muted;
    track.device.sender.enabled = !muted;
    this.#notify('on-track-update', describeTracks(peer, trackId));
  }

  speaks(peerId: string): void {
    const peer = this.#peers.get(peerId)!;
    const audio = [...peer.tracks.values()].find((track) => track.kind === 'audio');
    this.#notify('active-speakers', {
      'speaker-list': [{ peer_id: peerId, track_id: audio?.trackId ?? '', level: 60 }],
    });
  }

  ends(): void {
    this.#notify('on-peer-leave-request', { reason: 'the room was ended', room_end: true });
  }

  /** The template's roles, for now and for who connects later. */
  hasRoles(...roles: Role[]): void {
    this.#roles = roles;
    this.#tellRoles();
  }

  /** Cuts the socket without a word; the peer is remembered. */
  dropSocket(): void {
    this.#socket?.terminate();
  }

  async close(): Promise<void> {
    for (const peer of this.#peers.values()) for (const track of peer.tracks.values()) track.device.close();
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    this.sockets++;
    this.#socket = socket;
    socket.on('message', (data) => void this.#handle(socket, JSON.parse(String(data))));
    this.#tellRoles();
    if (!this.#joined) return;
    this.#sendPeers();
    this.#notify('plain-list', { subscription_ids: [...this.#subscriptions.keys()] });
  }

  #tellRoles(): void {
    this.#notify('on-policy-change', {
      name: '__internal_recorder',
      template_id: 't',
      known_roles: Object.fromEntries(this.#roles.map((role) => [role.name, role])),
    });
  }

  async #handle(socket: WebSocket, frame: { id?: string; method: string; params: unknown }): Promise<void> {
    const answer = (result: unknown): void => socket.send(JSON.stringify({ jsonrpc: '2.0', id: frame.id, result }));
    const refuse = (error: unknown): void => socket.send(JSON.stringify({ jsonrpc: '2.0', id: frame.id, error }));
    switch (frame.method) {
      case 'join':
        this.joins++;
        if (this.refuseJoin) return refuse(this.refuseJoin);
        this.#joined = true;
        answer({ sfu_node_id: 'node-1' });
        return this.#sendPeers();
      case 'leave':
        this.leaves++;
        return;
      case 'plain-subscribe': {
        const params = plainSubscribeParams.parse(frame.params);
        const track = this.#track(params.track_id);
        if (!track) return refuse({ code: 404, message: `no track ${params.track_id}` });
        const subscriptionId = randomUUID();
        this.subscribed.push(track.trackId);
        this.#subscriptions.set(subscriptionId, { trackId: track.trackId, ip: params.ip, port: params.port });
        return answer({
          subscription_id: subscriptionId,
          ip: '127.0.0.1',
          port: await track.device.sender.port,
          ssrc: track.ssrc,
          payload_type: track.payloadType,
          mime_type: track.mimeType,
          clock_rate: track.kind === 'audio' ? 48_000 : 90_000,
          ...(track.layers !== undefined && { spatial_layers: track.layers }),
          ...(track.rtx ? { rtx_ssrc: track.rtx.ssrc, rtx_payload_type: track.rtx.payloadType } : {}),
        });
      }
      case 'plain-resume': {
        const { subscription_id: id } = frame.params as { subscription_id: string };
        const subscription = this.#subscriptions.get(id);
        if (!subscription) return refuse({ code: 404, message: `no plain subscription ${id}` });
        this.#track(subscription.trackId)?.device.sender.connect(subscription.ip, subscription.port);
        return answer({});
      }
      case 'plain-layer': {
        const params = plainLayerParams.parse(frame.params);
        const subscription = this.#subscriptions.get(params.subscription_id);
        if (!subscription) return refuse({ code: 404, message: `no plain subscription ${params.subscription_id}` });
        this.layers.push({ trackId: subscription.trackId, layer: params.preferred_spatial_layer });
        return answer({});
      }
      case 'plain-unsubscribe': {
        const { subscription_id: id } = frame.params as { subscription_id: string };
        const subscription = this.#subscriptions.get(id);
        if (subscription) this.unsubscribed.push(subscription.trackId);
        this.#subscriptions.delete(id);
        return answer({});
      }
      default:
        if (frame.id !== undefined) answer({});
    }
  }

  #endSubscriptions(trackId: string): void {
    for (const [id, subscription] of this.#subscriptions) {
      if (subscription.trackId !== trackId) continue;
      this.#subscriptions.delete(id);
      this.#notify('plain-ended', { subscription_id: id });
    }
  }

  #track(trackId: string): FakeTrack | undefined {
    for (const peer of this.#peers.values()) if (peer.tracks.has(trackId)) return peer.tracks.get(trackId);
    return undefined;
  }

  #sendPeers(): void {
    const peers = Object.fromEntries([...this.#peers].map(([id, peer]) => [id, describePeer(peer)]));
    this.#notify('peer-list', {
      peers,
      room: {
        name: 'town hall',
        session_id: 's-1',
        started_at: 1,
        recording: {
          sfu: { enabled: false, state: 'none' },
          browser: { enabled: false, state: 'none' },
          hls: { enabled: false, state: 'none' },
        },
        streaming: {
          enabled: false,
          rtmp: { enabled: false, state: 'none' },
          hls: { enabled: false, variants: [] },
        },
        transcriptions: [],
      },
    });
  }

  #notify(method: string, params: unknown): void {
    this.#socket?.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }
}

function describeInfo(peer: FakePeer): object {
  return {
    peer_id: peer.peerId,
    role: 'broadcaster',
    groups: [],
    info: { name: peer.name, data: '', user_id: peer.peerId, type: 'regular' },
  };
}

function describePeer(peer: FakePeer): object {
  return {
    ...describeInfo(peer),
    joined_at: peer.joinedAt,
    realtime: true,
    tracks: (describeTracks(peer) as { tracks: object }).tracks,
  };
}

function describeTracks(peer: FakePeer, only?: string): object {
  const tracks = [...peer.tracks.values()].filter((track) => only === undefined || track.trackId === only);
  return {
    peer: describeInfo(peer),
    tracks: Object.fromEntries(
      tracks.map((track) => [
        track.trackId,
        {
          track_id: track.trackId,
          stream_id: `stream-${peer.peerId}`,
          type: track.kind,
          source: track.source,
          description: '',
          mute: track.muted,
        },
      ]),
    ),
  };
}
