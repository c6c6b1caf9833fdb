import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestHost, type TestHost } from './test-host.ts';
import { WireClient } from './wire-client.ts';

let host: TestHost;

beforeEach(async () => {
  host = await startTestHost();
});
afterEach(() => host.close());

const track = { track_id: 'v1', stream_id: 's1', type: 'video', source: 'regular', description: '', mute: false };
const publishOffer = (session: string, version: number, ...tracks: string[]) => ({
  type: 'offer',
  sdp: JSON.stringify({ session, version, tracks, ufrag: 'u' }),
});
const subscribeAnswer = { type: 'answer', sdp: JSON.stringify({ session: 'sub', version: 1, tracks: [] }) };
const joinParams = (session: string) => ({
  name: 'Bo',
  disableVidAutoSub: true,
  offer: publishOffer(session, 1),
});

/** What a client does to be on stage with a camera, one thing after the other; `sent` is not waited for. */
const STEPS: readonly { readonly name: string; readonly run: (client: WireClient) => unknown }[] = [
  { name: 'the socket is open', run: (client) => client.opened() },
  { name: 'the policy came', run: (client) => client.next('on-policy-change') },
  {
    name: 'join is sent',
    run: (client) => {
      client.sendRaw(JSON.stringify({ id: 'join', method: 'join', params: joinParams('first') }));
    },
  },
  { name: 'join is answered, the list came', run: (client) => client.next('peer-list') },
  { name: 'the subscribe offer came', run: (client) => client.next('offer') },
  { name: 'the subscribe offer is answered', run: (client) => client.request('answer', { desc: subscribeAnswer }) },
  {
    name: 'the camera is offered',
    run: (client) => {
      const params = { desc: publishOffer('first', 2, 'v1'), tracks: { v1: track } };
      client.sendRaw(JSON.stringify({ id: 'camera', method: 'offer', params }));
    },
  },
  { name: 'the camera is answered', run: (client) => client.settled() },
];

/** The last step may have been done by the server, or not. */
const JOINS_ANEW = new Set(STEPS.slice(0, 3).map(({ name }) => name));

it.each(STEPS.map(({ name }, index) => ({ name, index })))(
  'SIG82: cut when $name: the client comes back, ends where it wanted to be, and is one peer to the others',
  async ({ name, index }) => {
    const other = await host.join('broadcaster');
    const token = await host.token('broadcaster');
    const client = new WireClient(host.url, { token });
    for (const step of STEPS.slice(0, index + 1)) await step.run(client);
    client.socket.terminate();
    await client.closed;

    const back = await new WireClient(host.url, { token, peerId: client.peerId }).opened();
    await back.next('on-policy-change');
    // A client that does not know whether its join got through joins again, with new connections (client protocol, 3.6).
    const session = JOINS_ANEW.has(name) ? 'second' : 'first';
    if (JOINS_ANEW.has(name)) {
      expect((await back.request('join', joinParams(session))).error).toBeUndefined();
      await back.next('offer');
      await back.request('answer', { desc: subscribeAnswer });
    }
    const published = await back.request('offer', {
      desc: publishOffer(session, 2, 'v1'),
      tracks: { v1: track },
    });
    expect(published.error).toBeUndefined();
    await other.next('on-track-add', ({ peer, tracks }) => peer.peer_id === client.peerId && 'v1' in tracks);
    await other.settled();
    const joined = other.all('on-peer-join').filter(({ peer_id }) => peer_id === client.peerId);
    expect(joined).toHaveLength(1);
    expect(other.methods).not.toContain('on-peer-leave');
    expect(host.host.activeSession('room-1')?.peerCount).toBe(2);
    expect(host.sfu.router.tracks().map(({ trackId }) => trackId)).toEqual(['v1']);
    // Media asked for on the new socket are sent, too.
    expect(host.sfu.router.publishing(client.peerId).isClosed).toBe(false);
    expect(host.sfu.router.subscribing(other.peerId).desired.has('v1')).toBe(true);
    back.close();
  },
);
