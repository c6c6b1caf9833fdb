import {
  Compositor,
  type DecodedPicture,
  H264Encoder,
  type Picture,
  pictureBytes,
  pictureOver,
  quietCodecLibrary,
  VideoDecoder,
  Vp8Encoder,
} from '@amphi/media';
import { encoderPreset } from './encoder-preset.ts';

const FRAME_RATE = 30;
const PEOPLE = 4;
const TILE = { width: 640, height: 360 };
const RUNGS = [
  { width: 1280, height: 720, bitrateBps: 2_048_000 },
  { width: 640, height: 360, bitrateBps: 614_000 },
];
/** What people send repeats after so many pictures. */
const LOOP = 30;
/** The first pictures find cold caches and an encoder that does not know its input. */
const WARM_UP_TICKS = 15;
const TICKS = 75;

/**
 * What a stream costs on this machine: four people at 720p with a second rendition are decoded, composed and encoded as fast
 * as it goes, by the code and the encoder settings of a real one, in one thread. Processor time is counted and no other, so
 * that it holds beside other work.
 */
export function measureStream(): { readonly cpuSecondsPerSecond: number } {
  quietCodecLibrary();
  const camera = encodeCamera();
  const [top] = RUNGS;
  const { width, height } = top!;
  const bytes = pictureBytes(width, height);
  const ring = new SharedArrayBuffer(bytes * 2);
  const canvases = [0, 1].map((slot) => pictureOver(ring, slot * bytes, width, height));
  using compositor = new Compositor({ canvases, title: 'measurement' });
  const people = Array.from({ length: PEOPLE }, (_, index) => ({
    id: `p${index}`,
    decoder: new VideoDecoder('vp8'),
    current: undefined as DecodedPicture | undefined,
  }));
  compositor.setScene(
    people.map(({ id }) => ({ id, kind: 'person', name: id, videoSourceId: id, audioMuted: false })),
    { layout: 'grid', tileAspectRatio: '16:9', gap: 8 },
  );
  const encoders = RUNGS.map(
    (rung, index) =>
      new H264Encoder({
        ...rung,
        preset: encoderPreset(index),
        frameRate: FRAME_RATE,
        keyframeInterval: 2 * FRAME_RATE,
      }),
  );
  try {
    let before = process.cpuUsage();
    for (let tick = 0; tick < WARM_UP_TICKS + TICKS; tick += 1) {
      if (tick === WARM_UP_TICKS) before = process.cpuUsage();
      for (const person of people) {
        for (const picture of person.decoder.decode(camera[tick % camera.length]!, tick)) {
          person.current?.close();
          person.current = picture;
        }
      }
      const slot = tick % 2;
      compositor.draw(slot, (id) => people.find((person) => person.id === id)?.current);
      for (const encoder of encoders) encoder.encode(canvases[slot]!, tick, tick % (2 * FRAME_RATE) === 0);
    }
    const { user, system } = process.cpuUsage(before);
    return { cpuSecondsPerSecond: ((user + system) / 1e6 / TICKS) * FRAME_RATE };
  } finally {
    for (const { decoder, current } of people) {
      current?.close();
      decoder.close();
    }
    for (const encoder of encoders) encoder.close();
  }
}

/** A pattern that moves, with noise as a camera's, as VP8. */
function encodeCamera(): readonly Uint8Array[] {
  const encoder = new Vp8Encoder({ ...TILE, frameRate: FRAME_RATE, bitrateBps: 500_000 });
  try {
    const memory = new SharedArrayBuffer(pictureBytes(TILE.width, TILE.height));
    const picture = pictureOver(memory, 0, TILE.width, TILE.height);
    return Array.from({ length: LOOP }, (_, tick) => {
      draw(picture, tick);
      return encoder.encode(picture, tick === 0).map(({ data }) => data);
    }).flat();
  } finally {
    encoder.close();
  }
}

function draw({ planes, width, height }: Picture, tick: number): void {
  const [luma, ...chroma] = planes;
  let noise = tick + 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      // Numerical Recipes' generator: cheap, and the same on each machine.
      noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
      luma[y * width + x] = 64 + (((x + 4 * tick) >> 2) & 63) + (((y + tick) >> 3) & 31) + (noise >>> 29);
    }
  }
  for (const plane of chroma) plane.fill(112 + (tick % LOOP));
}
