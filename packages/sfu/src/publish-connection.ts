import type { Logger } from '@amphi/base';
import { messageOf } from '@amphi/base';
import {
  answeringSetup,
  buildPublishAnswer,
  type MediaSection,
  type RemoteDescription,
  type RtpCapabilities,
  type RtpParameters,
  type SectionDecision,
} from '@amphi/sdp';
import type { types } from 'mediasoup';
import type { PublishableTrack, PublishedTrack, PublishLimits, TrackLimits } from './contract.ts';
import { layerNames } from './layer-names.ts';
import { toMediasoup } from './media-codecs.ts';
import {
  isSameMedia,
  layerRidsOf,
  limitedParameters,
  MAX_WITHHELD,
  type PlannedTrack,
  planPublishing,
} from './publish-plan.ts';
import type { Publication, PublishedTracks } from './published-tracks.ts';
import { countIn, type Usage } from './usage.ts';
import { connectTransport, isOfDeadWorker, localTransport } from './webrtc-transport.ts';

/** A browser's video estimate starts here instead of at 300 kbit/s, so that all simulcast layers flow soon. */
const VIDEO_START_BITRATE_BPS = 1_000_000;
/** Many viewers arriving at once cause one key frame of a layer in so long, not one each (PB41). */
const KEY_FRAME_REQUEST_DELAY_MS = 500;

const UNLIMITED: PublishLimits = { audio: {}, video: {}, screen: {}, screenAudio: {} };
/** Retransmissions, probing and headers count in what a sender may send, not in what a role says of its media. */
const BITRATE_OVERHEAD = 1.25;
/** The worker takes 32 bits. */
const UNLIMITED_BITRATE_BPS = 0;

/**
 * A producer and its track. `published`: the session has it. `withheld`: its section is not allowed or inactive, and it
 * waits, paused, until that changes. A producer made only then could not tell the layers apart: Chromium sends mid and
 * rid in the first packets only, until their arrival was acknowledged (transport-wide feedback does that, too), and an
 * inactive section comes back with the SSRCs it had.
 */
interface Leg extends Publication {
  readonly mid: string;
  readonly parameters: RtpParameters;
  /** Agreed when the section was first received. */
  readonly limits: TrackLimits;
  readonly countOut: () => void;
  state: 'published' | 'withheld';
  /** What was last asked of the worker. */
  isPaused: boolean;
}

export interface PublishOutcome {
  readonly answer: string;
  readonly published: readonly PublishedTrack[];
  readonly unpublished: readonly string[];
  readonly refused: readonly string[];
  readonly iceRestarted: boolean;
}

export interface PublishConnectionOptions {
  readonly peerId: string;
  readonly transport: types.WebRtcTransport;
  readonly capabilities: RtpCapabilities;
  readonly tracks: PublishedTracks;
  readonly usage: Usage;
  readonly logger: Logger;
}

/** The server's half of one RTCPeerConnection that publishes: its transport and its producers. */
export class PublishConnection {
  readonly #options: PublishConnectionOptions;
  /** By mid: a client may move a track to another section, never a section's mid. */
  readonly #legs = new Map<string, Leg>();
  /** Wishes that arrived while an offer was being processed. */
  readonly #mutedMeanwhile = new Map<string, boolean>();
  readonly #closedMeanwhile = new Set<string>();
  #remote: RemoteDescription | undefined;
  #answers = 0;
  #limits: PublishLimits = UNLIMITED;
  #maxIncomingBps = UNLIMITED_BITRATE_BPS;

  constructor(options: PublishConnectionOptions) {
    this.#options = options;
  }

  get transport(): types.WebRtcTransport {
    return this.#options.transport;
  }

  get sessionId(): string {
    return this.#remote?.sessionId ?? '';
  }

  /** Highest version of the client's description processed so far. */
  get version(): bigint {
    return this.#remote?.sessionVersion ?? 0n;
  }

  tracks(): readonly PublishedTrack[] {
    return [...this.#legs.values()].flatMap(({ track, state }) => (state === 'published' ? [track] : []));
  }

  /** Whether `offer` comes from the peer connection this one serves: a browser keeps `o=` and certificate for its life. */
  isPeerOf(offer: RemoteDescription): boolean {
    return (
      this.#remote?.sessionId === offer.sessionId &&
      JSON.stringify(this.#remote.transport.fingerprints) === JSON.stringify(offer.transport.fingerprints)
    );
  }

  /** To be called once, with the first offer, before `answer`. */
  async connect(offer: RemoteDescription): Promise<void> {
    await connectTransport(this.transport, offer.transport, answeringSetup(offer) === 'passive' ? 'client' : 'server');
    this.#remote = offer;
  }

  /** Brings transport and producers in line with `offer`. Calls must not overlap. */
  async answer(
    offer: RemoteDescription,
    tracks: ReadonlyMap<string, PublishableTrack>,
    limits: PublishLimits = UNLIMITED,
  ): Promise<PublishOutcome> {
    this.#limits = limits;
    this.#mutedMeanwhile.clear();
    this.#closedMeanwhile.clear();
    const plan = planPublishing(offer, tracks, this.#options.capabilities, (section, track) =>
      this.#limitsOf(section, track),
    );
    const unpublished = this.#endOutdated(offer, plan.planned);
    const iceRestarted = this.#remote?.transport.iceUfrag !== offer.transport.iceUfrag;
    if (iceRestarted) await this.transport.restartIce();
    this.#remote = offer;
    const refused = [...plan.refused];
    const published: PublishedTrack[] = [];
    for (const planned of plan.planned.values()) {
      const leg = this.#legs.get(planned.mid) ?? (await this.#produce(planned));
      if (!planned.isAllowed) continue;
      const { trackId, muted } = planned.track;
      if (leg?.state === 'published') this.#mute(leg, this.#mutedMeanwhile.get(trackId) ?? muted);
      else if (leg && this.#publish(leg, planned)) published.push(leg.track);
      else refused.push(trackId);
    }
    this.#limitWithheld();
    await this.#limitBitrate();
    return { answer: this.#write(offer), published, unpublished, refused, iceRestarted };
  }

  setTrackMuted(trackId: string, muted: boolean): void {
    this.#mutedMeanwhile.set(trackId, muted);
    const leg = this.#find(trackId);
    if (leg) this.#mute(leg, muted);
  }

  closeTrack(trackId: string): void {
    this.#closedMeanwhile.add(trackId);
    const leg = this.#find(trackId);
    if (leg?.state === 'published') this.#withhold(leg);
  }

  /** @returns ids of the tracks that ended with it */
  close(): readonly string[] {
    const ids = this.tracks().map(({ trackId }) => trackId);
    for (const leg of [...this.#legs.values()]) this.#close(leg);
    this.transport.close();
    return ids;
  }

  #find(trackId: string): Leg | undefined {
    return [...this.#legs.values()].find(({ track }) => track.trackId === trackId);
  }

  /** @returns ids of the published tracks that `offer` ends */
  #endOutdated(offer: RemoteDescription, planned: ReadonlyMap<string, PlannedTrack>): string[] {
    const ids: string[] = [];
    for (const leg of [...this.#legs.values()]) {
      const plan = planned.get(leg.mid);
      const isSame = plan?.track.trackId === leg.track.trackId && isSameMedia(leg.parameters, plan.parameters);
      if (isSame && plan.isAllowed) continue;
      if (leg.state === 'published') ids.push(leg.track.trackId);
      const isPausing = !plan && offer.sections.some(({ mid, stopped }) => mid === leg.mid && !stopped);
      if (!isSame && !isPausing) this.#close(leg);
      else if (leg.state === 'published') this.#withhold(leg);
    }
    return ids;
  }

  #withhold(leg: Leg): void {
    leg.state = 'withheld';
    this.#options.tracks.remove(leg);
    this.#applyPause(leg);
    // A map keeps the order in which keys were set: the one withheld longest comes first.
    this.#legs.delete(leg.mid);
    this.#legs.set(leg.mid, leg);
    this.#limitWithheld();
  }

  #limitWithheld(): void {
    const withheld = [...this.#legs.values()].filter(({ state }) => state === 'withheld');
    for (const oldest of withheld.slice(0, -MAX_WITHHELD)) this.#close(oldest);
  }

  /** @returns false when it may not be: forbidden meanwhile, or the track id is in use in the session */
  #publish(leg: Leg, planned: PlannedTrack): boolean {
    const { trackId, streamId, source } = planned.track;
    if (this.#closedMeanwhile.has(trackId)) return false;
    const muted = this.#mutedMeanwhile.get(trackId) ?? planned.track.muted;
    leg.track = { ...leg.track, streamId, source, muted };
    if (!this.#options.tracks.add(leg)) {
      this.#options.logger.warn({ trackId, mid: leg.mid }, 'track id is in use in this session');
      return false;
    }
    leg.state = 'published';
    this.#applyPause(leg);
    return true;
  }

  /** Those of a section that is received already stay: its streams cannot be told apart anew. */
  #limitsOf(section: MediaSection, track?: PublishableTrack): TrackLimits {
    return this.#legs.get(section.mid)?.limits ?? this.#limitsNow(track ?? { kind: section.kind, source: '' });
  }

  #limitsNow({ kind, source }: Pick<PublishableTrack, 'kind' | 'source'>): TrackLimits {
    const { audio, video, screen, screenAudio } = this.#limits;
    const [sound, picture] = source === 'screen' ? [screenAudio, screen] : [audio, video];
    return kind === 'audio' ? sound : picture;
  }

  /** A sender that pays no heed to SDP is told by the worker's feedback (REMB, transport-wide congestion control). */
  async #limitBitrate(): Promise<void> {
    const rates = [...this.#legs.values()].map((leg) => this.#limitsNow(leg.track).maxBitrateBps);
    const isLimited = rates.length > 0 && rates.every((rate) => rate !== undefined);
    const sum = rates.reduce<number>((total, rate) => total + (rate ?? 0), 0);
    const maxBps = isLimited ? Math.round(sum * BITRATE_OVERHEAD) : UNLIMITED_BITRATE_BPS;
    if (maxBps === this.#maxIncomingBps) return;
    this.#maxIncomingBps = maxBps;
    await this.transport.setMaxIncomingBitrate(maxBps);
  }

  /** Makes a producer, withheld at first. */
  async #produce({ mid, parameters, limits, track }: PlannedTrack): Promise<Leg | undefined> {
    const { peerId, usage, logger } = this.#options;
    const { trackId, kind } = track;
    const rids = layerRidsOf(parameters, limits);
    let producer: types.Producer;
    try {
      producer = await this.transport.produce({
        kind,
        rtpParameters: toMediasoup(parameters, rids.length),
        paused: true,
        keyFrameRequestDelay: kind === 'video' ? KEY_FRAME_REQUEST_DELAY_MS : 0,
        appData: { trackId },
      });
    } catch (error) {
      // No refusal: were the offer answered, a client would wait for a connection that is to be replaced at once.
      if (isOfDeadWorker(error)) throw error;
      logger.warn({ trackId, mid, reason: messageOf(error) }, 'section refused by the worker');
      return undefined;
    }
    if (producer.closed) return undefined;
    const layers = kind === 'video' ? layerNames(rids) : [];
    const leg: Leg = {
      mid,
      parameters,
      limits,
      producer,
      track: { ...track, peerId, layers },
      countOut: countIn(usage, 'producers'),
      state: 'withheld',
      isPaused: true,
    };
    this.#legs.set(mid, leg);
    return leg;
  }

  #mute(leg: Leg, muted: boolean): void {
    if (leg.track.muted !== muted) leg.track = { ...leg.track, muted };
    this.#applyPause(leg);
  }

  #applyPause(leg: Leg): void {
    const isPaused = leg.track.muted || leg.state === 'withheld';
    if (isPaused === leg.isPaused) return;
    leg.isPaused = isPaused;
    // Resuming also makes the worker ask for key frames. Rejects only when the producer closes meanwhile.
    const change = isPaused ? leg.producer.pause() : leg.producer.resume();
    change.catch((error: unknown) => {
      this.#options.logger.debug({ trackId: leg.track.trackId, reason: messageOf(error) }, 'pause not applied');
    });
  }

  /** Subscribers let go of it first: the worker closes what still hangs on a producer with it (CL1). */
  #close(leg: Leg): void {
    this.#legs.delete(leg.mid);
    this.#options.tracks.remove(leg);
    leg.producer.close();
    leg.countOut();
  }

  #write(offer: RemoteDescription): string {
    const { capabilities } = this.#options;
    const decisions = new Map<string, SectionDecision>();
    for (const section of offer.sections) {
      if (section.kind === 'other' || section.stopped) continue;
      // Also a section that is refused or withheld: were it answered inactive while the client still sends, taking the
      // track away would need no negotiation, and the genuine client (0.15.2) waits for one for ever. Port 0 would stop
      // its transceiver for good. What it sends meanwhile ends in the worker.
      const parameters =
        this.#legs.get(section.mid)?.parameters ?? limitedParameters(section, capabilities, this.#limitsOf(section));
      if (!parameters) continue;
      const leg = this.#legs.get(section.mid);
      const { maxBitrateBps, maxPicture } = leg ? this.#limitsNow(leg.track) : this.#limitsOf(section);
      decisions.set(section.mid, {
        state: 'receive',
        parameters,
        ...(maxBitrateBps === undefined ? {} : { maxBitrateBps }),
        ...(maxPicture === undefined ? {} : { maxPicture }),
      });
    }
    this.#answers += 1;
    return buildPublishAnswer({
      offer,
      transport: localTransport(this.transport),
      decisions,
      sessionId: offer.sessionId,
      sessionVersion: this.#answers,
      videoStartBitrateBps: VIDEO_START_BITRATE_BPS,
    });
  }
}
