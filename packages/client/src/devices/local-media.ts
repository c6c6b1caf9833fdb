import { type Clock, type Closable, type CloseReason, type Logger, Scope } from '@amphi/base';
import type { Role } from '@amphi/protocol';
import type { AudioOutput, MediaPort, PagePort } from '../environment.ts';
import { ClientError } from '../errors.ts';
import type { SessionState } from '../state.ts';
import type { StateStore } from '../state-store.ts';
import { type ScreenId, slotsOf, type TrackSlot } from '../tracks/encodings.ts';
import { CaptureDevice } from './capture-device.ts';
import { SCREEN_OFF } from './screen-capture.ts';
import { ScreenShares } from './screen-shares.ts';
import { Speaker } from './speaker.ts';

/** Asked of the camera before the role is known. */
const DEFAULT_VIDEO = { width: 1280, height: 720, frameRate: 30 };

/** Microphone, camera, screen and speaker of one session, and the list of devices; keeps `state` up to date about them. */
export class LocalMedia implements Closable {
  readonly microphone: CaptureDevice;
  readonly camera: CaptureDevice;
  readonly screens: ScreenShares;
  readonly speaker: Speaker;
  readonly #media: MediaPort | undefined;
  readonly #store: StateStore<SessionState>;
  readonly #logger: Logger;
  readonly #scope: Scope;

  constructor(options: {
    readonly media: MediaPort | undefined;
    readonly page: PagePort;
    readonly audioOutput: AudioOutput;
    readonly store: StateStore<SessionState>;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    const { media, page, store, clock } = options;
    this.#media = media;
    this.#store = store;
    this.#logger = options.logger;
    this.#scope = new Scope({ clock });
    this.microphone = this.#scope.own(
      new CaptureDevice({ kind: 'audio', media, page, clock, constraints: () => ({}) }),
    );
    this.camera = this.#scope.own(
      new CaptureDevice({ kind: 'video', media, page, clock, constraints: () => this.#videoConstraints() }),
    );
    this.screens = new ScreenShares(media);
    this.speaker = new Speaker({ output: options.audioOutput, store });
    this.#scope.defer(() => this.screens.stop());
    for (const kind of ['microphone', 'camera'] as const) {
      this.#scope.defer(
        this[kind].events.on('changed', (device) => {
          // Labels become readable with the first capture.
          if (device.track && device.track !== store.get()[kind].track) this.#listDevices();
          store.update((state) => ({ ...state, [kind]: device }));
        }),
      );
    }
    this.#scope.defer(
      this.screens.events.on('changed', (screens) => {
        store.update((state) => ({ ...state, screens, screen: screens[0] ?? SCREEN_OFF }));
      }),
    );
    if (media) this.#scope.defer(media.onDeviceChange(() => this.#listDevices()));
    this.#listDevices();
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get canShareScreen(): boolean {
    return (this.#media?.canCaptureScreen ?? false) && this.#mayPublish('screen');
  }

  /** One, if none is shared. @throws ClientError as `addScreen` */
  async startScreen(): Promise<void> {
    if (this.screens.shared.length === 0) await this.addScreen();
  }

  /** One more. @throws ClientError `not_allowed`, `wrong_state`, `capture_cancelled`, … */
  async addScreen(): Promise<ScreenId> {
    const { role } = this.#store.get().self;
    if (!role || !this.#mayPublish('screen')) throw new ClientError('not_allowed', 'the role may not share a screen');
    const { width, height, frameRate } = role.publishParams.screen;
    return this.screens.add({ width, height, frameRate });
  }

  /** Switches devices as asked, as far as the role may publish them; failures are in the devices' states. */
  startWith(wish: { readonly microphone?: boolean; readonly camera?: boolean }): void {
    const { role } = this.#store.get().self;
    if (role) this.releaseForbidden(role);
    if (wish.microphone !== undefined && this.#mayPublish('microphone')) {
      void this.microphone.setEnabled(wish.microphone);
    }
    if (wish.camera !== undefined && this.#mayPublish('camera')) void this.camera.setEnabled(wish.camera);
  }

  /** What the role may not publish is not captured either. */
  releaseForbidden(role: Role): void {
    const slots = slotsOf(role);
    if (!slots.has('microphone')) this.microphone.stop();
    if (!slots.has('camera')) this.camera.stop();
    if (!slots.has('screen')) this.screens.stop();
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.microphone.stop();
    this.camera.stop();
    this.screens.stop();
    this.#scope.close(reason);
  }

  #mayPublish(slot: TrackSlot): boolean {
    const { role } = this.#store.get().self;
    return role !== undefined && slotsOf(role).has(slot);
  }

  #videoConstraints(): { width: number; height: number; frameRate: number } {
    const { role } = this.#store.get().self;
    if (!role?.publishParams.allowed.includes('video')) return DEFAULT_VIDEO;
    const { width, height, frameRate } = role.publishParams.video;
    return { width, height, frameRate };
  }

  #listDevices(): void {
    this.#media
      ?.listDevices()
      .then((devices) => {
        this.#store.update((state) => ({ ...state, devices }));
        this.speaker.follow(devices);
      })
      .catch((error: unknown) => this.#logger.warn({ error: String(error) }, 'devices cannot be listed'));
  }
}
