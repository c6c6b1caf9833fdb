import type { PublishParams, Role, SimulcastLayer } from '@amphi/protocol';

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

/** With the mode of a stream that has its layers in itself (WebRTC-SVC, W3C), which TypeScript has no word for. */
export interface LayeredEncoding extends RTCRtpEncodingParameters {
  scalabilityMode?: string;
}

export interface EncodingOptions {
  readonly simulcast: boolean;
  /** Whether the browser sends VP9 in one stream that has its layers in itself. */
  readonly sendsSpatialLayers: () => boolean;
}

/**
 * How a track is to be encoded for this role: one encoding per simulcast layer for the camera, else one. Layer order
 * and rids are the template's (client protocol, 5.4: `f` high, `h` medium, `q` low). In VP9 one encoding has all layers.
 */
export function encodingsFor(slot: TrackSlot, params: PublishParams, options: EncodingOptions): LayeredEncoding[] {
  const { type, source } = wireOf(slot);
  if (type === 'audio') return [{ maxBitrate: source === 'screen' ? AUDIO_BPS.screen : AUDIO_BPS.speech }];
  if (source === 'screen') return [encoding(params.screen.bitRate, params.screen.frameRate)];
  const layers = options.simulcast ? (params.simulcast.video.layers ?? []) : [];
  if (layers.length < 2) return [encoding(params.video.bitRate, params.video.frameRate)];
  if (params.video.codec === 'vp9' && options.sendsSpatialLayers()) return [layeredEncoding(layers)];
  return layers.map((layer) => ({
    rid: layer.rid,
    scaleResolutionDownBy: layer.scaleResolutionDownBy,
    ...encoding(layer.maxBitrate, layer.maxFramerate),
  }));
}

/**
 * K-SVC with the role's number of layers, each twice as large as the one below, and what they may take together. Of layers of
 * different rates the highest counts.
 */
function layeredEncoding(layers: readonly SimulcastLayer[]): LayeredEncoding {
  const isUnlimited = layers.some(({ maxBitrate }) => maxBitrate === 0);
  const sum = layers.reduce((total, { maxBitrate }) => total + maxBitrate, 0);
  const frameRate = Math.max(...layers.map(({ maxFramerate }) => maxFramerate));
  return { ...encoding(isUnlimited ? 0 : sum, frameRate), scalabilityMode: `L${layers.length}T3_KEY` };
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
