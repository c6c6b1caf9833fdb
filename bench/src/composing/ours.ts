import {
  AacEncoder,
  AudioRing,
  Compositor,
  type DecodedPicture,
  H264Encoder,
  OpusDecoder,
  pictureBytes,
  pictureOver,
  VideoDecoder,
} from '@amphi/media';
import { AudioMixer } from '../../../apps/egress/src/pipeline/audio-mixer.ts';
import { AUDIO_BITRATE_BPS, type Case, FRAME_RATE, GAP, KEYFRAME_INTERVAL } from './cases.ts';
import type { Input } from './inputs.ts';

/** As the egress does it, on one thread and as fast as it goes. @returns CPU seconds of this process */
export async function composeOurs({ canvas, rungs }: Case, inputs: readonly Input[], seconds: number): Promise<number> {
  const bytes = pictureBytes(canvas.width, canvas.height);
  const ring = new SharedArrayBuffer(bytes * 2);
  const canvases = [0, 1].map((slot) => pictureOver(ring, slot * bytes, canvas.width, canvas.height));
  using compositor = new Compositor({ canvases, title: 'bench' });
  compositor.setScene(
    inputs.map((_, i) => ({
      id: `p${i}`,
      kind: 'person',
      name: `Person ${i + 1}`,
      videoSourceId: String(i),
      audioMuted: false,
    })),
    { layout: 'grid', tileAspectRatio: '16:9', gap: GAP },
  );
  const people = await Promise.all(
    inputs.map(async (input) => ({
      ...input,
      decoder: new VideoDecoder('vp8'),
      current: undefined as DecodedPicture | undefined,
      opus: await OpusDecoder.create(),
      ring: new AudioRing(),
      audible: true,
      heard: 0,
    })),
  );
  const encoders = rungs.map(
    (rung) => new H264Encoder({ ...rung, frameRate: FRAME_RATE, keyframeInterval: KEYFRAME_INTERVAL }),
  );
  using aac = new AacEncoder({ bitrateBps: AUDIO_BITRATE_BPS });
  const mixer = new AudioMixer({ encoder: aac, capturedFrom: 0 });
  let pictures = 0;
  let sounds = 0;
  const before = process.cpuUsage();
  for (let tick = 0; tick < seconds * FRAME_RATE; tick++) {
    const now = ((tick + 1) * 1000) / FRAME_RATE;
    for (const person of people) {
      for (const picture of person.decoder.decode(person.frames[tick]!, tick)) {
        person.current?.close();
        person.current = picture;
      }
      for (; person.heard < person.packets.length && person.heard * 20 < now; person.heard++) {
        const { left, right } = person.opus.decode(person.packets[person.heard]!);
        person.ring.write(person.heard * 20, left, right);
      }
    }
    const slot = tick % 2;
    compositor.draw(slot, (id) => people[Number(id)]!.current);
    for (const encoder of encoders) {
      pictures += encoder.encode(canvases[slot]!, tick, tick % KEYFRAME_INTERVAL === 0).length;
    }
    sounds += mixer.mixUntil(now, people).length;
  }
  for (const encoder of encoders) pictures += encoder.flush().length;
  const used = process.cpuUsage(before);
  for (const encoder of encoders) encoder.close();
  for (const person of people) {
    person.current?.close();
    person.decoder.close();
    person.opus.close();
  }
  const wanted = rungs.length * seconds * FRAME_RATE;
  if (pictures !== wanted) throw new Error(`${pictures} pictures were encoded, expected ${wanted}`);
  if (sounds < seconds * 46) throw new Error(`${sounds} frames of sound were encoded, expected 46.9 a second`);
  return (used.user + used.system) / 1e6;
}
