import type { TestPicture } from '../environment.ts';

const [WIDTH, HEIGHT, FRAMES_PER_SECOND] = [640, 360, 15];

/** Noise, anew for each frame: no encoder can spare much of it. */
export function browserTestPicture(): TestPicture {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('the browser gives no canvas');
  const noise = context.createImageData(WIDTH, HEIGHT);
  const draw = (): void => {
    // So many random bytes are had at a time (Web Cryptography API, 10.1.1).
    for (let at = 0; at < noise.data.length; at += 65_536) {
      crypto.getRandomValues(noise.data.subarray(at, at + 65_536));
    }
    context.putImageData(noise, 0, 0);
  };
  draw();
  const timer = setInterval(draw, 1000 / FRAMES_PER_SECOND);
  const track = canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks()[0];
  if (!track) throw new Error('the browser gives no track of a canvas');
  return {
    track,
    stop() {
      clearInterval(timer);
      track.stop();
    },
  };
}
