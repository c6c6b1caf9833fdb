import { fileURLToPath } from 'node:url';
import { openPage, waitFor } from '@amphi/testkit';
import type { Browser, Page } from 'playwright-core';
import type {
  DesiredTrack,
  PublishAnswer,
  PublishableTrack,
  Publishing,
  PublishLimits,
  SessionRouter,
  Subscribing,
  SubscribingEvents,
} from '../src/index.ts';

const SCRIPT = fileURLToPath(new URL('in-page/peer.js', import.meta.url));

export interface ReceivedStats {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly framesDecoded: number;
  readonly frameHeight: number;
  readonly packetsReceived: number;
  /** Complete frames off the network, decoded or not. */
  readonly framesReceived: number;
  /** Of sound, what was made up for lost packets included. */
  readonly samples: number;
  readonly madeUpSamples: number;
}

export interface SentStats {
  readonly mid: string;
  readonly rid?: string;
  readonly kind: 'audio' | 'video';
  readonly packetsSent: number;
  readonly framesEncoded: number;
  readonly frameHeight: number;
  readonly keyFrameRequests: number;
}

/** A page with a publish and a subscribe connection to a session router, both in plain SDP. */
export class BrowserPeer {
  readonly received: string[] = [];
  readonly offers: string[] = [];
  readonly layers: SubscribingEvents['layersChanged'][] = [];
  readonly errors: unknown[] = [];
  /** While set, offers are held back as if the socket were gone. */
  isOffline = false;
  /** What the server lets this peer publish. */
  allow: (track: PublishableTrack) => boolean = () => true;
  limits: PublishLimits | undefined;
  readonly page: Page;
  readonly publishing: Publishing;
  readonly subscribing: Subscribing;

  static async open(browser: Browser, session: SessionRouter, peerId: string): Promise<BrowserPeer> {
    // A window of its own: pages behind another draw slowly.
    const { page } = await openPage(browser);
    const publishing = await session.createPublishing({ peerId });
    const subscribing = await session.createSubscribing({ peerId });
    const peer = new BrowserPeer(page, publishing, subscribing);
    await peer.#load();
    return peer;
  }

  private constructor(page: Page, publishing: Publishing, subscribing: Subscribing) {
    this.page = page;
    this.publishing = publishing;
    this.subscribing = subscribing;
    subscribing.events.on('offer', ({ sdp }) => {
      if (this.isOffline) return;
      this.offers.push(sdp);
      this.call('answer', sdp).catch((error: unknown) => this.errors.push(error));
    });
    subscribing.events.on('dataMessage', ({ text }) => this.received.push(text));
    subscribing.events.on('layersChanged', (report) => this.layers.push(report));
  }

  /** Calls a function of the page's `peer`. */
  call<T>(name: string, ...args: readonly unknown[]): Promise<T> {
    return this.page.evaluate(`peer[${JSON.stringify(name)}](...${JSON.stringify(args)})`);
  }

  publish(
    name: string,
    options: {
      kind: 'audio' | 'video';
      simulcast?: boolean;
      source?: string;
      stream?: string;
      width?: number;
      /** The one that is offered, such as `video/H264`; all of the browser's by default. */
      codec?: string;
      /** One stream that has its layers in itself, such as `L3T3_KEY`. */
      scalabilityMode?: string;
      /** A flash or a beep at each full second. */
      isClock?: boolean;
      /** Nothing that an encoder can make small. */
      isNoise?: boolean;
      /** By how much each encoded frame is sent late. */
      heldBackMs?: number;
    },
  ): Promise<PublishAnswer & { trackId: string }> {
    return this.call('publish', name, options);
  }

  /** Connects both connections, with the data channel open. */
  async connect(): Promise<void> {
    this.subscribing.start();
    await this.call('connect');
    await waitFor('both connections, and the data channel', async () => {
      const states = await this.call<{ publish: string; subscribe: string }>('states');
      const hasChannel = (await this.call('hasChannel')) !== false;
      return states.publish === 'connected' && states.subscribe === 'connected' && hasChannel;
    });
  }

  want(tracks: Readonly<Record<string, DesiredTrack>>): void {
    this.subscribing.setTracks(new Map(Object.entries(tracks)));
  }

  stats(): Promise<readonly ReceivedStats[]> {
    return this.call('received');
  }

  /** Statistics of the section that carries `trackId`, once there are some. */
  async statsOf(trackId: string): Promise<ReceivedStats | undefined> {
    const mid = this.midOf(trackId);
    return (await this.stats()).find((stats) => stats.mid === mid);
  }

  /** Mid under which the last offer carries `trackId`. */
  midOf(trackId: string): string | undefined {
    const sections = this.offers.at(-1)?.split(/^m=/m) ?? [];
    const section = sections.find((text) => text.includes(` ${trackId}\r\n`));
    return section?.match(/^a=mid:(\d+)/m)?.[1];
  }

  /** Resolves when more than `frames` further frames of the track have been decoded. */
  async playsOn(trackId: string, frames = 5): Promise<ReceivedStats> {
    const before = (await this.statsOf(trackId))?.framesDecoded ?? 0;
    return waitFor(
      `${frames} more frames of ${trackId}`,
      async () => {
        const stats = await this.statsOf(trackId);
        return stats && stats.framesDecoded >= before + frames && stats;
      },
      15_000,
    );
  }

  close(): Promise<void> {
    return this.page.close();
  }

  async #load(): Promise<void> {
    const { page, publishing, subscribing } = this;
    await page.route('http://localhost/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
    );
    await page.exposeFunction('sendPublishOffer', (sdp: string, tracks: readonly PublishableTrack[]) =>
      publishing.handleOffer({
        sdp,
        tracks: new Map(tracks.filter((track) => this.allow(track)).map((track) => [track.trackId, track])),
        ...(this.limits && { limits: this.limits }),
      }),
    );
    await page.exposeFunction('sendAnswer', (sdp: string) => subscribing.handleAnswer(sdp));
    await page.exposeFunction('gotData', (text: string) => this.received.push(text));
    page.on('pageerror', (error) => this.errors.push(error));
    await page.goto('http://localhost/');
    await page.addScriptTag({ path: SCRIPT });
  }
}
