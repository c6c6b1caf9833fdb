import graph from '@mediapipe/selfie_segmentation/selfie_segmentation.binarypb?url&no-inline';
import solution from '@mediapipe/selfie_segmentation/selfie_segmentation.js?url&no-inline';
import model from '@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url&no-inline';
import loader from '@mediapipe/selfie_segmentation/selfie_segmentation_solution_simd_wasm_bin.js?url&no-inline';
import wasm from '@mediapipe/selfie_segmentation/selfie_segmentation_solution_simd_wasm_bin.wasm?url&no-inline';
import { inTime } from './in-time.ts';

/** Files that the library asks for by name. Browsers without SIMD in WebAssembly, which are those before 2023, are left out. */
const FILES: Readonly<Record<string, string>> = {
  'selfie_segmentation.binarypb': graph,
  'selfie_segmentation_landscape.tflite': model,
  'selfie_segmentation_solution_simd_wasm_bin.js': loader,
  'selfie_segmentation_solution_simd_wasm_bin.wasm': wasm,
};

/** The model looks at no more than this many pixels of the longer side. */
const LONGER_SIDE = 256;
/** On a slow machine that does much else. */
const STARTS_WITHIN_MS = 60_000;

/** What is used of the library, as it describes itself. */
interface SelfieSegmentation {
  setOptions(options: { modelSelection: 0 | 1 }): void;
  onResults(listener: (results: { readonly segmentationMask: CanvasImageSource }) => void): void;
  initialize(): Promise<void>;
  send(inputs: { image: HTMLCanvasElement }): Promise<void>;
}

/** Tells people from what is behind them. */
export interface Segmenter {
  /**
   * @param size of the frame, in pixels
   * @param use gets a mask that is as opaque as there is a person, until it returns
   */
  segment(
    frame: CanvasImageSource,
    size: { readonly width: number; readonly height: number },
    use: (mask: CanvasImageSource) => void,
  ): Promise<void>;
}

let loaded: Promise<Segmenter> | undefined;

/**
 * One for the page: it takes a second to load, and a hundred megabytes.
 * @throws Error where the browser cannot run it; the next call tries again
 */
export function loadSegmenter(): Promise<Segmenter> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function load(): Promise<Segmenter> {
  await expectSupport();
  await addScript(solution);
  const { SelfieSegmentation } = window as unknown as {
    readonly SelfieSegmentation?: new (config: { locateFile: (name: string) => string }) => SelfieSegmentation;
  };
  if (!SelfieSegmentation) throw new Error('the segmentation could not be loaded');
  const segmentation = new SelfieSegmentation({
    locateFile(name) {
      const url = FILES[name];
      if (url === undefined) throw new Error(`${name} is not served`);
      return url;
    },
  });
  segmentation.setOptions({ modelSelection: 1 });
  await inTime(segmentation.initialize(), STARTS_WITHIN_MS, 'the segmentation does not start');
  return queued(segmentation);
}

/** What the library would wait for without an end, or say nothing about. Its largest file is in the browser's cache then. */
async function expectSupport(): Promise<void> {
  const hasGraphics = document.createElement('canvas').getContext('webgl2') !== null;
  if (!hasGraphics) throw new Error('this browser has no WebGL 2');
  const response = await fetch(wasm);
  if (!response.ok) throw new Error(`the segmentation could not be loaded: ${response.status}`);
  if (!WebAssembly.validate(await response.arrayBuffer())) throw new Error('this browser has no SIMD in WebAssembly');
}

/** The library does one picture at a time; two cameras, or an old and a new background, may ask for more. */
function queued(segmentation: SelfieSegmentation): Segmenter {
  const seen = document.createElement('canvas');
  const context = seen.getContext('2d', { willReadFrequently: false });
  if (!context) throw new Error('this browser has no room for another canvas');
  let use: (mask: CanvasImageSource) => void = () => {};
  segmentation.onResults(({ segmentationMask }) => use(segmentationMask));
  let last: Promise<void> = Promise.resolve();
  return {
    segment(frame, { width, height }, useMask) {
      const run = async (): Promise<void> => {
        const scale = LONGER_SIDE / Math.max(width, height);
        const [seenWidth, seenHeight] = [Math.round(width * scale), Math.round(height * scale)];
        if (seen.width !== seenWidth || seen.height !== seenHeight) {
          Object.assign(seen, { width: seenWidth, height: seenHeight });
        }
        context.drawImage(frame, 0, 0, seenWidth, seenHeight);
        use = useMask;
        await segmentation.send({ image: seen });
      };
      const next = last.then(run);
      last = next.catch(() => {});
      return next;
    },
  };
}

/** The library is no module: it names itself in the window. */
function addScript(src: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = src;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error('the segmentation could not be loaded'));
    document.head.append(script);
  });
}
