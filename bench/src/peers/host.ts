import { randomUUID } from 'node:crypto';
import { silentLogger, systemClock } from '@amphi/base';
import { type RosterPeer, readNotification, rosterAfter, SignalingConnection, socketUrl } from '@amphi/signaling';
import { waitFor } from '@amphi/testkit';
import { openNodeSocket } from './node-socket.ts';

/** A person who runs the room, without media. */
export class Host {
  readonly #signaling: SignalingConnection;
  #peers: Readonly<Record<string, RosterPeer>> = {};

  private constructor(signaling: SignalingConnection, selfId: string) {
    this.#signaling = signaling;
    signaling.events.on('notification', ({ method, params }) => {
      const notification = readNotification(method, params, silentLogger);
      if (!notification) return;
      const roster = { peers: this.#peers, tracks: {} };
      this.#peers = rosterAfter(roster, notification, { selfId, addTrack: (track) => track }).peers;
    });
  }

  static async join(url: string, code: string): Promise<Host> {
    const peerId = randomUUID();
    const { token } = await ask<{ token: string }>(`${url}/v2/token`, {
      method: 'POST',
      body: JSON.stringify({ code }),
    });
    const init = await ask<{ endpoint: string }>(`${url}/init?peer_id=${peerId}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const address = socketUrl(init.endpoint, { token, peerId, userAgent: 'sdk:bench' });
    const signaling = new SignalingConnection({
      findAddress: async () => address,
      openSocket: openNodeSocket,
      clock: systemClock,
      logger: silentLogger,
    });
    const host = new Host(signaling, peerId);
    await signaling.open();
    await signaling.request('join', { name: 'Host', data: '', disableVidAutoSub: true });
    return host;
  }

  async peerNamed(name: string): Promise<string> {
    const find = (): RosterPeer | undefined => Object.values(this.#peers).find((peer) => peer.name === name);
    return ((await waitFor(`${name} in the list`, find)) as RosterPeer).id;
  }

  async move(peerId: string, role: string): Promise<void> {
    await this.#signaling.request('role-change-request', { requested_for: peerId, role, force: true });
  }

  close(): void {
    this.#signaling.close();
  }
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  const answer = await fetch(url, { ...init, headers: { 'content-type': 'application/json', ...init.headers } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
