/** Levels of a sound second by second, in dB of full scale. */
interface Judged {
  readonly before: readonly number[];
  /** Of the voice in it alone. */
  readonly voice: readonly number[];
  readonly after: readonly number[];
  /** Where the voice rests. */
  readonly restBefore: number;
  readonly restAfter: number;
  readonly delayMs: number;
}

/**
 * In the page: has the model work on six seconds of sound, as fast as the machine can, so that it is the same on each. All of
 * it is made here from fixed seeds: white noise, and vowels of a changing pitch (pulses through three resonators, as in
 * Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67, 1980) that rest each two seconds.
 */
export async function denoisedOffline(urls: {
  readonly worklet: string;
  readonly wasm: string;
}): Promise<Record<'noise' | 'voice' | 'both', Judged>> {
  const RATE = 48_000;
  const SECONDS = 6;
  const LENGTH = SECONDS * RATE;
  const SYLLABLES_HZ = 3.5;
  /** Every so many syllables one is a rest. */
  const REST_EVERY = 7;
  const VOWELS = [
    [730, 1090, 2440],
    [270, 2290, 3010],
    [300, 870, 2240],
    [530, 1840, 2480],
  ] as const;

  const noiseOf = (amplitude: number): Float32Array => {
    let seed = 1;
    return Float32Array.from({ length: LENGTH }, () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return amplitude * (seed / 2 ** 31 - 1);
    });
  };
  const voiceOf = (amplitude: number): Float32Array => {
    const memory = [0, 1, 2].map(() => [0, 0] as [number, number]);
    let phase = 0;
    const raw = Float32Array.from({ length: LENGTH }, (_, at) => {
      const t = at / RATE;
      phase += (120 + 15 * Math.sin(2 * Math.PI * 0.7 * t) + 3 * Math.sin(2 * Math.PI * 5 * t)) / RATE;
      const pulse = phase >= 1 ? 1 : 0;
      phase -= pulse;
      const syllable = Math.floor(t * SYLLABLES_HZ);
      const within = t * SYLLABLES_HZ - syllable;
      const vowel = VOWELS[syllable % VOWELS.length]!;
      let sum = 0;
      for (const [index, past] of memory.entries()) {
        const radius = Math.exp((-Math.PI * [80, 90, 120][index]!) / RATE);
        const turn = 2 * radius * Math.cos((2 * Math.PI * vowel[index]!) / RATE);
        const out = pulse + turn * past[0] - radius * radius * past[1];
        past[1] = past[0];
        past[0] = out;
        sum += out * (1 - radius) * [1, 0.6, 0.3][index]!;
      }
      const isRest = syllable % REST_EVERY === REST_EVERY - 1;
      return isRest ? 0 : sum * Math.min(1, within * 8, (1 - within) * 5);
    });
    const peak = raw.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    return raw.map((sample) => (sample * amplitude) / peak);
  };

  const wasmBinary = await (await fetch(urls.wasm)).arrayBuffer();
  /** @returns what came out from the sample on with which the sound went in */
  const denoised = async (sound: Float32Array<ArrayBuffer>): Promise<Float32Array> => {
    const context = new OfflineAudioContext(1, LENGTH + 2 * RATE, RATE);
    await context.audioWorklet.addModule(urls.worklet);
    const node = new AudioWorkletNode(context, '@sapphi-red/web-noise-suppressor/rnnoise', {
      channelCount: 1,
      channelCountMode: 'explicit',
      processorOptions: { maxChannels: 1, wasmBinary },
    });
    const analyser = new AnalyserNode(context, { fftSize: 256 });
    node.connect(analyser).connect(context.destination);
    // The model is there once something comes out; time stands still while it is loaded.
    const probe = new OscillatorNode(context, { frequency: 300 });
    const gain = new GainNode(context, { gain: 0.001 });
    probe.connect(gain).connect(node);
    probe.start();
    const buffer = new AudioBuffer({ length: LENGTH, sampleRate: RATE });
    buffer.copyToChannel(sound, 0);
    let begun = 0;
    const look = async (): Promise<void> => {
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      if (samples.some((sample) => sample !== 0)) {
        gain.disconnect();
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(node);
        begun = Math.round(context.currentTime * RATE);
        source.start();
      } else {
        await new Promise((resolve) => setTimeout(resolve, 10));
        // Four quanta on; beyond the end of the sound there is nothing to be judged, and the levels say so.
        if (context.currentTime < 1.5) void context.suspend(context.currentTime + 512 / RATE).then(look);
      }
      void context.resume();
    };
    void context.suspend(0).then(look);
    const rendered = await context.startRendering();
    return rendered.getChannelData(0).subarray(begun, begun + LENGTH);
  };

  const levelOf = (sound: Float32Array, from: number, to: number): number => {
    const part = sound.subarray(Math.round(from * RATE), Math.round(to * RATE));
    return 10 * Math.log10(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length + 1e-12);
  };
  const secondsOf = (sound: Float32Array): number[] =>
    Array.from({ length: SECONDS }, (_, second) => levelOf(sound, second, second + 1));
  /** The second of the rests, without its edges, in s. */
  const rest = [(2 * REST_EVERY - 1) / SYLLABLES_HZ + 0.1, (2 * REST_EVERY) / SYLLABLES_HZ] as const;
  const delayOf = (before: Float32Array, after: Float32Array): number => {
    const [from, length] = [3 * RATE, 8_000];
    let best = { likeness: 0, lag: 0 };
    for (let lag = 0; lag < 3_000; lag += 1) {
      let likeness = 0;
      for (let at = from; at < from + length; at += 1) likeness += before[at - lag]! * after[at]!;
      if (likeness > best.likeness) best = { likeness, lag };
    }
    return (best.lag * 1_000) / RATE;
  };
  const judge = async (before: Float32Array<ArrayBuffer>, voice: Float32Array): Promise<Judged> => {
    const after = await denoised(before);
    return {
      before: secondsOf(before),
      voice: secondsOf(voice),
      after: secondsOf(after),
      restBefore: levelOf(before, ...rest),
      restAfter: levelOf(after, ...rest),
      delayMs: delayOf(before, after),
    };
  };

  const voice = voiceOf(0.4);
  const faint = noiseOf(0.02);
  return {
    noise: await judge(noiseOf(0.05) as Float32Array<ArrayBuffer>, new Float32Array(LENGTH)),
    voice: await judge(voice as Float32Array<ArrayBuffer>, voice),
    both: await judge(voice.map((sample, at) => sample + faint[at]!) as Float32Array<ArrayBuffer>, voice),
  };
}
