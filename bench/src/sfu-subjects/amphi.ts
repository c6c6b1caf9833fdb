import { silentLogger } from '@amphi/base';
import { createSfu, type SessionRouter, type Sfu } from '@amphi/sfu';
import type { SyntheticTrack } from '../rtp-peers/media.ts';
import type { PeerProcess } from '../rtp-peers/peer-process.ts';
import { offeredMedia, publishOffer, serverTransport, subscribeAnswer } from '../rtp-peers/sdp.ts';
import { PUBLISHER_ID, type Subject } from './subject.ts';

/** The product's media plane with one worker, as the server runs it. */
export class AmphiSubject implements Subject {
  readonly name = 'amphi';
  srtpProfile = '';
  readonly #sfu: Sfu;
  readonly #session: SessionRouter;
  readonly #peers: PeerProcess;
  #trackId = '';

  static async start(peers: PeerProcess): Promise<AmphiSubject> {
    const sfu = await createSfu({ workers: 1, listen: [{ ip: '127.0.0.1' }], logger: silentLogger });
    const session = await sfu.createSessionRouter({ sessionId: 'bench' });
    const [worker] = (await sfu.stats()).workers;
    return new AmphiSubject(sfu, session, peers, worker!.pid);
  }

  private constructor(
    sfu: Sfu,
    session: SessionRouter,
    peers: PeerProcess,
    readonly pid: number,
  ) {
    this.#sfu = sfu;
    this.#session = session;
    this.#peers = peers;
  }

  async publish(track: SyntheticTrack): Promise<void> {
    const { kind, trackId } = track;
    const publishing = await this.#session.createPublishing({ peerId: 'publisher' });
    const { answer, refused } = await publishing.handleOffer({
      sdp: publishOffer(this.#peers.identity, '1', track, { dataChannel: true }),
      tracks: new Map([[trackId, { trackId, kind, streamId: 'stream', source: 'regular', muted: false }]]),
    });
    if (refused.length > 0) throw new Error(`the track was refused:\n${answer}`);
    this.#trackId = trackId;
    this.srtpProfile = await this.#peers.publish(PUBLISHER_ID, serverTransport(answer), track.streams);
  }

  async addReceiver(id: number): Promise<void> {
    const subscribing = await this.#session.createSubscribing({ peerId: String(id) });
    const offered = new Promise<string>((resolve) => subscribing.events.once('offer', ({ sdp }) => resolve(sdp)));
    subscribing.setTracks(new Map([[this.#trackId, { subscribed: true, maxLayer: 'high' }]]));
    subscribing.start();
    const offer = await offered;
    await subscribing.handleAnswer(subscribeAnswer(this.#peers.identity, offer));
    await this.#peers.receive(id, serverTransport(offer), offeredMedia(offer));
  }

  async close(): Promise<void> {
    this.#sfu.close();
    await this.#sfu.closed;
  }
}
