import type { PublishParams, Role } from '@amphi/protocol';

/** With their sounds, microphone and camera they are as many tracks as a peer may have. */
export const SCREEN_IDS = ['screen', 'screen-2', 'screen-3'] as const;
/** So many screens one person shares at a time, at most. */
export const MAX_SCREEN_SHARES = SCREEN_IDS.length;
/** Which of our screens. */
export type ScreenId = (typeof SCREEN_IDS)[number];

/** What one published track is for: a screen's picture has the screen's id. */
export type TrackSlot = 'microphone' | 'camera' | ScreenId | ScreenSound;
type ScreenSound = `${ScreenId}-audio`;

/** As the protocol names it (5.3), and what is played together: tracks of one group are of one stream. */
interface SlotWire {
  readonly type: 'audio' | 'video';
  readonly source: 'regular' | 'screen';
  readonly group: 'regular' | ScreenId;
}

/** The slot of a screen's sound. */
export function soundOf(id: ScreenId): ScreenSound {
  return `${id}-audio`;
}

/** Opus at 32 kbit/s mono speech, 128 for the sound of a shared screen (RFC 7587, 3.1.1 suggests 16–40 and 48–128). */
const AUDIO_BPS = { speech: 32_000, screen: 128_000 } as const;

/**
 * How a track is to be encoded for this role: one encoding per simulcast layer for the camera, else one. Layer order
 * and rids are the template's (client protocol, 5.4: `f` high, `h` medium, `q` low).
 */
export function encodingsFor(
  slot: TrackSlot,
  params: PublishParams,
  options: { readonly simulcast: boolean },
): RTCRtpEncodingParameters[] {
  const { type, source } = wireOf(slot);
  if (type === 'audio') return [{ maxBitrate: source === 'screen' ? AUDIO_BPS.screen : AUDIO_BPS.speech }];
  if (source === 'screen') return [encoding(params.screen.bitRate, params.screen.frameRate)];
  const layers = options.simulcast ? (params.simulcast.video.layers ?? []) : [];
  if (layers.length < 2) return [encoding(params.video.bitRate, params.video.frameRate)];
  return layers.map((layer) => ({
    rid: layer.rid,
    scaleResolutionDownBy: layer.scaleResolutionDownBy,
    ...encoding(layer.maxBitrate, layer.maxFramerate),
  }));
}

/** Kilobits per second of the policy to an encoding; 0 means no cap. */
function encoding(bitRateKbps: number, frameRate: number): RTCRtpEncodingParameters {
  return { ...(bitRateKbps > 0 && { maxBitrate: bitRateKbps * 1000 }), maxFramerate: frameRate };
}

/** Slots that the role may fill. The sound of a screen comes with the screen. */
export function slotsOf(role: Role): ReadonlySet<TrackSlot> {
  const { allowed } = role.publishParams;
  const all: TrackSlot[] = ['microphone', 'camera', ...SCREEN_IDS.flatMap((id) => [id, soundOf(id)])];
  return new Set(
    all.filter((slot) => {
      const { type, source } = wireOf(slot);
      return allowed.includes(source === 'screen' ? source : type);
    }),
  );
}

/** Wire names of a slot. */
export function wireOf(slot: TrackSlot): SlotWire {
  const group = SCREEN_IDS.find((id) => slot === id || slot === soundOf(id));
  const type = slot === group || slot === 'camera' ? 'video' : 'audio';
  return { type, source: group ? 'screen' : 'regular', group: group ?? 'regular' };
}
