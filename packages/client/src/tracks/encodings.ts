import type { PublishParams, Role } from '@amphi/protocol';

/** What one published track is for. */
export type TrackSlot = 'microphone' | 'camera' | 'screen' | 'screen-audio';

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
  if (slot === 'microphone') return [{ maxBitrate: AUDIO_BPS.speech }];
  if (slot === 'screen-audio') return [{ maxBitrate: AUDIO_BPS.screen }];
  if (slot === 'screen') return [encoding(params.screen.bitRate, params.screen.frameRate)];
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
  const slots = new Set<TrackSlot>();
  const { allowed } = role.publishParams;
  if (allowed.includes('audio')) slots.add('microphone');
  if (allowed.includes('video')) slots.add('camera');
  if (allowed.includes('screen')) slots.add('screen').add('screen-audio');
  return slots;
}

/** Wire names of a slot (client protocol, 5.3). */
export function wireOf(slot: TrackSlot): { readonly type: 'audio' | 'video'; readonly source: string } {
  switch (slot) {
    case 'microphone':
      return { type: 'audio', source: 'regular' };
    case 'camera':
      return { type: 'video', source: 'regular' };
    case 'screen':
      return { type: 'video', source: 'screen' };
    case 'screen-audio':
      return { type: 'audio', source: 'screen' };
  }
}
