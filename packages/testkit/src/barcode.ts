import { BARCODE, type TileFraction } from './barcode-format.ts';
import { inPage } from './in-page.ts';

export { BARCODE, type TileFraction } from './barcode-format.ts';
export * from './picture-watch.ts';

/**
 * Init script for a page: replaces the camera by a drawn picture with the barcode clock (Date.now() at drawing) and
 * a moving bar, and the microphone by a tone that beeps for 100 ms at each full second, when the picture flashes.
 * `navigator.mediaDevices.getUserMedia` answers with those; track settings report the size drawn.
 */
export function barcodeCameraScript(
  options: {
    readonly width?: number;
    readonly height?: number;
    readonly frameRate?: number;
    readonly toneHz?: number;
    /** Instead of beeps: what counts as someone who speaks. */
    readonly steadyTone?: boolean;
    /** Colour of the moving background, to tell publishers apart. */
    readonly hue?: number;
  } = {},
): string {
  const settings = { width: 1280, height: 720, frameRate: 30, toneHz: 1000, steadyTone: false, hue: 210, ...options };
  return inPage(installBarcodeCamera, settings, BARCODE);
}

function installBarcodeCamera(
  settings: { width: number; height: number; frameRate: number; toneHz: number; steadyTone: boolean; hue: number },
  code: { columns: number; rows: number; blocksPerWidth: number },
): void {
  if (!navigator.mediaDevices) return;
  const { width, height, frameRate } = settings;
  let frame = 0;
  const draw = (g: CanvasRenderingContext2D, now: number): void => {
    const flash = now % 1000 < 100;
    const block = width / code.blocksPerWidth;
    g.fillStyle = flash ? '#fff' : `hsl(${settings.hue} 40% 35%)`;
    g.fillRect(0, 0, width, height);
    g.fillStyle = `hsl(${settings.hue} 60% 60%)`;
    g.fillRect((frame * 7) % width, height * 0.5, width * 0.08, height * 0.3);
    g.fillStyle = '#808080';
    g.fillRect(0, 0, width, block * code.rows);
    for (let i = 0; i < code.columns * code.rows; i++) {
      g.fillStyle = (now >>> i) & 1 ? '#fff' : '#000';
      g.fillRect((i % code.columns) * block, Math.floor(i / code.columns) * block, block, block);
    }
    frame++;
  };
  const openVideo = (): MediaStreamTrack => {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const g = canvas.getContext('2d', { alpha: false });
    if (!g) throw new Error('no 2d context');
    const stream = canvas.captureStream(0);
    const track = stream.getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
    // As of a camera: a clone goes on when what it was cloned of is stopped.
    const family: CanvasCaptureMediaStreamTrack[] = [];
    const adopt = (member: CanvasCaptureMediaStreamTrack): CanvasCaptureMediaStreamTrack => {
      family.push(member);
      const clone = member.clone.bind(member);
      member.clone = () => adopt(clone() as CanvasCaptureMediaStreamTrack);
      return member;
    };
    adopt(track);
    const tick = (): void => {
      const live = family.find(({ readyState }) => readyState === 'live');
      if (!live) clearInterval(timer);
      else {
        draw(g, Date.now());
        live.requestFrame();
      }
    };
    const timer = setInterval(tick, 1000 / frameRate);
    tick();
    return track;
  };
  const openAudio = (): MediaStreamTrack => {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    const out = audio.createMediaStreamDestination();
    tone.frequency.value = settings.toneHz;
    gain.gain.value = settings.steadyTone ? 0.5 : 0;
    tone.connect(gain).connect(out);
    tone.start();
    if (settings.steadyTone) return out.stream.getAudioTracks()[0]!;
    // Beeps are planned ahead on the audio clock, so that a busy page does not shift them; and anew between two of them, as
    // that clock stands while the machine does.
    let planned = 0;
    const plan = (): void => {
      const now = Date.now();
      const sinceSecond = now % 1000;
      if (sinceSecond > 300 && sinceSecond < 950) {
        gain.gain.cancelScheduledValues(0);
        gain.gain.value = 0;
        planned = 0;
      }
      const offset = now / 1000 - audio.currentTime;
      for (let second = Math.ceil(now / 1000); second < now / 1000 + 3; second++) {
        if (second <= planned) continue;
        planned = second;
        const at = second - offset;
        gain.gain.setValueAtTime(0.5, at);
        gain.gain.setValueAtTime(0, at + 0.1);
      }
    };
    plan();
    setInterval(plan, 50);
    return out.stream.getAudioTracks()[0]!;
  };
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const tracks: MediaStreamTrack[] = [];
    if (constraints?.audio) tracks.push(openAudio());
    if (constraints?.video) tracks.push(openVideo());
    return new MediaStream(tracks);
  };
}

/**
 * Init script that gives a page `window.amphiTest`:
 * - `readBarcode(video, tile?)`: the code shown now, read from the given part of the picture (fractions of its size);
 * - `watchBarcode(selector, tile?)`: keeps `{ at, ageMs, code }` of every presented frame in `window.amphiTest.seen`;
 * - `loudness(video)`: root mean square of what the element plays, and the strongest frequency in Hz.
 */
export function barcodeReaderScript(): string {
  return inPage(installBarcodeReader, BARCODE);
}

export interface SeenBarcode {
  readonly at: number;
  readonly ageMs: number;
  readonly code: number;
}

export interface AmphiTestApi {
  readBarcode(video: HTMLVideoElement, tile?: TileFraction): number | undefined;
  watchBarcode(video: HTMLVideoElement, tile?: TileFraction): void;
  loudness(media: HTMLMediaElement): Promise<{ rms: number; peakHz: number }>;
  seen: SeenBarcode[];
}

declare global {
  interface Window {
    amphiTest: AmphiTestApi;
  }
}

function installBarcodeReader(code: { columns: number; rows: number; blocksPerWidth: number }): void {
  const canvas = document.createElement('canvas');
  const block = 8;
  canvas.width = code.columns * block;
  canvas.height = code.rows * block;
  const g = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  const meters = new WeakMap<HTMLMediaElement, AnalyserNode>();
  const api: AmphiTestApi = {
    seen: [],
    readBarcode(video, tile = { x: 0, y: 0, width: 1 }) {
      if (!g || video.videoWidth === 0) return undefined;
      const size = (video.videoWidth * tile.width) / code.blocksPerWidth;
      g.drawImage(
        video,
        video.videoWidth * tile.x,
        video.videoHeight * tile.y,
        size * code.columns,
        size * code.rows,
        0,
        0,
        canvas.width,
        canvas.height,
      );
      const pixels = g.getImageData(0, 0, canvas.width, canvas.height).data;
      let value = 0;
      for (let i = 0; i < code.columns * code.rows; i++) {
        const x = (i % code.columns) * block + block / 2;
        const y = Math.floor(i / code.columns) * block + block / 2;
        if ((pixels[(y * canvas.width + x) * 4] ?? 0) > 126) value |= 1 << i;
      }
      return value >>> 0;
    },
    watchBarcode(video, tile) {
      const onFrame = (): void => {
        const now = Date.now();
        const value = api.readBarcode(video, tile);
        if (value !== undefined) {
          api.seen.push({ at: now, code: value, ageMs: ((now >>> 0) - value) | 0 });
          if (api.seen.length > 100_000) api.seen.shift();
        }
        video.requestVideoFrameCallback(onFrame);
      };
      video.requestVideoFrameCallback(onFrame);
    },
    async loudness(media) {
      let meter = meters.get(media);
      if (!meter) {
        const stream = (media as HTMLMediaElement & { captureStream(): MediaStream }).captureStream();
        if (stream.getAudioTracks().length === 0) return { rms: 0, peakHz: 0 };
        const audio = new AudioContext();
        await audio.resume();
        meter = audio.createAnalyser();
        meter.fftSize = 4096;
        audio.createMediaStreamSource(stream).connect(meter);
        meters.set(media, meter);
      }
      const samples = new Float32Array(meter.fftSize);
      meter.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
      const bins = new Float32Array(meter.frequencyBinCount);
      meter.getFloatFrequencyData(bins);
      let best = 0;
      for (let i = 1; i < bins.length; i++) if ((bins[i] ?? -Infinity) > (bins[best] ?? -Infinity)) best = i;
      return { rms, peakHz: (best * meter.context.sampleRate) / meter.fftSize };
    },
  };
  window.amphiTest = api;
}
