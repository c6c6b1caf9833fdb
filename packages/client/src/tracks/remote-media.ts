import { type Clock, type Closable, type CloseReason, type Logger, Scope, type Unsubscribe } from '@amphi/base';
import { type LayerSize, layersOf, type SpatialLayerName } from '@amphi/protocol';
import type { Environment } from '../environment.ts';
import { stateAfterMedia } from '../room-state.ts';
import type { SessionState } from '../state.ts';
import type { StateStore } from '../state-store.ts';
import type { Received } from '../subscribe-connection.ts';
import { LayerRequests } from './layer-requests.ts';
import { VideoAttachments } from './video-attachments.ts';

/**
 * What others send: joins what is received with what is announced (either may come first: client protocol, 6.4), plays
 * sound, shows video where it was attached, and asks for the layers that this needs.
 */
export class RemoteMedia implements Closable {
  readonly #store: StateStore<SessionState>;
  readonly #environment: Environment;
  readonly #scope: Scope;
  readonly #layers: LayerRequests;
  readonly #videos: VideoAttachments;
  #received: Received = { tracks: new Map(), refused: new Set() };
  #playing: ReadonlySet<string> = new Set();
  #known: SessionState['tracks'] = {};

  constructor(options: {
    readonly store: StateStore<SessionState>;
    readonly environment: Environment;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    const { store, environment } = options;
    this.#store = store;
    this.#environment = environment;
    this.#scope = new Scope({ clock: options.clock });
    this.#layers = new LayerRequests(options);
    this.#scope.defer(() => this.#layers.close());
    this.#scope.defer(() => this.#play(new Set()));
    this.#videos = new VideoAttachments({
      mediaOf: (id) => store.get().tracks[id]?.media,
      isShown: (id) => store.get().tracks[id]?.isMuted === false,
      layersOf: (id) => this.#layersOf(id),
      setDesired: (id, layer) => this.#layers.setDesired(id, layer),
    });
    this.#scope.defer(
      environment.audioOutput.onBlocked((isAudioBlocked) => store.update((state) => ({ ...state, isAudioBlocked }))),
    );
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  attachVideo(trackId: string, element: HTMLVideoElement): Unsubscribe {
    return this.#videos.attach(trackId, this.#environment.createVideoSink(element));
  }

  setReceived(received: Received): void {
    this.#received = received;
    this.refresh();
  }

  /** To be called when the announced tracks have changed. */
  refresh(): void {
    if (this.#scope.isClosed) return;
    this.#store.update((state) => stateAfterMedia(state, this.#received));
    const { tracks, volumes } = this.#store.get();
    for (const id of Object.keys(this.#known)) if (!tracks[id]) this.#layers.forget(id);
    this.#known = tracks;
    const audible = Object.values(tracks).filter((track) => track.kind === 'audio' && track.media !== undefined);
    const { audioOutput } = this.#environment;
    for (const { id, media, peerId } of audible) {
      if (media) audioOutput.play(id, media);
      audioOutput.setVolume(id, volumes[peerId] ?? 1);
    }
    this.#play(new Set(audible.map(({ id }) => id)));
    this.#videos.refreshAll();
  }

  /** Layers can be asked for from now on, by a channel that knows of none yet. */
  connectLayers(send: (trackId: string, layer: SpatialLayerName) => Promise<void>): void {
    this.#layers.connect(send);
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#scope.close(reason);
  }

  #play(audible: ReadonlySet<string>): void {
    for (const id of this.#playing) if (!audible.has(id)) this.#environment.audioOutput.stop(id);
    this.#playing = audible;
  }

  #layersOf(trackId: string): readonly LayerSize[] {
    const { tracks, peers, roles } = this.#store.get();
    const track = tracks[trackId];
    const roleName = track && peers[track.peerId]?.roleName;
    // Only cameras are simulcast (client protocol, 5.4).
    if (!track || roleName === undefined || track.source !== 'regular') return [];
    return layersOf(roles[roleName]);
  }
}
