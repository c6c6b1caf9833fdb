import { RnnoiseWorkletNode } from '@sapphi-red/web-noise-suppressor';
import wasm from '@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url&no-inline';
import worklet from '@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url&no-inline';
import { inTime } from './in-time.ts';

/** The model knows voices at this rate only. */
export const RATE_HZ = 48_000;
/** On a slow machine that does much else. */
const STARTS_WITHIN_MS = 20_000;
const LOOKS_EVERY_MS = 20;
/** A hum of -60 dB, before anybody hears it. */
const PROBE = { hz: 300, gain: 0.001 } as const;

/** Gives what comes in without its noise, 13 ms later and what RNNoise looks back; one channel. */
export interface Denoiser {
  readonly node: AudioNode;
  close(): void;
}

/**
 * @param context at 48 kHz, running; it stays the caller's
 * @param fail is told when it cannot go on; there is silence then
 * @returns once it lets sound through
 * @throws Error where it cannot be loaded or does not start
 */
export async function startDenoiser(context: AudioContext, fail: (error: unknown) => void): Promise<Denoiser> {
  const [wasmBinary] = await Promise.all([loadModel(), context.audioWorklet.addModule(worklet)]);
  const node = new RnnoiseWorkletNode(context, { maxChannels: 1, wasmBinary });
  node.channelCount = 1;
  node.channelCountMode = 'explicit';
  const close = (): void => {
    node.onprocessorerror = null;
    node.disconnect();
    node.destroy();
  };
  try {
    const broken = new Promise<never>((_, reject) => {
      node.onprocessorerror = () => reject(new Error('the denoiser broke down'));
    });
    await inTime(
      Promise.race([lettingThrough(context, node), broken]),
      STARTS_WITHIN_MS,
      'the denoiser does not start',
    );
  } catch (error) {
    close();
    throw error;
  }
  node.onprocessorerror = () => fail(new Error('the denoiser broke down'));
  return { node, close };
}

async function loadModel(): Promise<ArrayBuffer> {
  const response = await fetch(wasm);
  if (!response.ok) throw new Error(`the model could not be loaded: ${response.status}`);
  const binary = await response.arrayBuffer();
  // In the worklet nobody would hear of it.
  if (!WebAssembly.validate(binary)) throw new Error('this browser has no SIMD in WebAssembly');
  return binary;
}

/** The library is silent until its model runs, and tells nobody: something is sent through until it comes out. */
async function lettingThrough(context: AudioContext, node: AudioNode): Promise<void> {
  const probe = new OscillatorNode(context, { frequency: PROBE.hz });
  const gain = new GainNode(context, { gain: PROBE.gain });
  const analyser = new AnalyserNode(context);
  probe.connect(gain).connect(node).connect(analyser);
  probe.start();
  const samples = new Float32Array(analyser.fftSize);
  try {
    do {
      await new Promise((resolve) => setTimeout(resolve, LOOKS_EVERY_MS));
      analyser.getFloatTimeDomainData(samples);
    } while (context.state !== 'closed' && samples.every((sample) => sample === 0));
  } finally {
    probe.stop();
    gain.disconnect();
    node.disconnect(analyser);
  }
}
