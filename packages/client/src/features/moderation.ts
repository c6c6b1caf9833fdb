import type { Notification } from '@amphi/protocol';
import type { LocalMedia } from '../devices/local-media.ts';
import { ClientError } from '../errors.ts';
import { expectPermission, joinedConnection, type SessionContext } from '../session-context.ts';
import type { TrackSlot } from '../tracks/encodings.ts';
import { wireOf } from '../tracks/encodings.ts';

/** Which tracks of the others; all of them by default. */
export interface MuteSelection {
  readonly kind?: 'audio' | 'video';
  /** `regular` (camera and microphone), `screen`, or an app's own. */
  readonly source?: string;
  readonly roles?: readonly string[];
}

export interface ModerationOptions {
  readonly local: LocalMedia;
  readonly trackIdOf: (slot: TrackSlot) => string | undefined;
}

/** Muting, removing, ending: what one asks of others, and what others ask of us. */
export class Moderation {
  readonly #context: SessionContext;
  readonly #options: ModerationOptions;

  constructor(context: SessionContext, options: ModerationOptions) {
    this.#context = context;
    this.#options = options;
  }

  async muteTrack(trackId: string, isMuted: boolean): Promise<void> {
    expectPermission(this.#context, isMuted ? 'mute' : 'unmute');
    const track = this.#context.store.get().tracks[trackId];
    if (!track) throw new ClientError('wrong_state', `there is no track ${trackId}`);
    await joinedConnection(this.#context, 'muteTrack').request('track-update-request', {
      requested_for: track.peerId,
      track_id: trackId,
      stream_id: track.streamId,
      mute: isMuted,
    });
  }

  async muteOthers(isMuted: boolean, { kind, source, roles }: MuteSelection): Promise<void> {
    expectPermission(this.#context, isMuted ? 'mute' : 'unmute');
    await joinedConnection(this.#context, 'muteOthers').request('change-track-mute-state-request', {
      value: isMuted,
      ...(kind && { type: kind }),
      ...(source !== undefined && { source }),
      ...(roles && { roles: [...roles] }),
    });
  }

  async removePeer(peerId: string, reason: string): Promise<void> {
    expectPermission(this.#context, 'removeOthers');
    const connection = joinedConnection(this.#context, 'removePeer');
    await connection.request('peer-leave-request', { requested_for: peerId, reason });
  }

  async endRoom(lock: boolean, reason: string): Promise<void> {
    expectPermission(this.#context, 'endRoom');
    await joinedConnection(this.#context, 'endRoom').request('end-room', { lock, reason });
  }

  handle(notification: Notification): void {
    switch (notification.method) {
      case 'on-track-update-request': {
        const { track_id: trackId, mute, requested_by: by } = notification.params;
        this.#follow(mute, by, (slot) => this.#options.trackIdOf(slot) === trackId);
        break;
      }
      case 'on-change-track-mute-state-request': {
        const { type, source, value, requested_by: by } = notification.params;
        this.#follow(value, by, (slot) => {
          const wire = wireOf(slot);
          return (type === undefined || wire.type === type) && (source === undefined || wire.source === source);
        });
        break;
      }
      default:
        break;
    }
  }

  /** A mute is done (a share that nobody is to see ends), an unmute is the person's to decide. */
  #follow(isMuted: boolean, by: string | undefined, isMeant: (slot: TrackSlot) => boolean): void {
    const { local } = this.#options;
    const { store, events } = this.#context;
    for (const device of ['microphone', 'camera'] as const) {
      if (!isMeant(device) || store.get()[device].isEnabled === !isMuted) continue;
      if (isMuted) void local[device].setEnabled(false);
      else events.emit('unmuteRequested', { device, by });
    }
    if (isMuted) for (const { id } of local.screens.shared) if (isMeant(id)) local.screens.stop(id);
  }
}
