/** Init scripts for pages whose sound is judged; each stands alone. */

declare global {
  interface Window {
    amphiNoise: {
      /** Contexts at the model's rate, which meters do not ask for: how many were made, and are open. */
      contexts(): { readonly made: number; readonly open: number };
    };
    amphiVoice: {
      /** What is sent as sound: a microphone's own track, one that was made of it, or none. */
      sent(): 'captured' | 'made' | undefined;
    };
    amphiHeard: {
      /** What all received audio had in it so far: energy as a sum over time, and the time, in s (webrtc-stats). */
      total(): Promise<{ readonly energy: number; readonly duration: number }>;
    };
  }
}

/**
 * Microphones hear somebody who says one vowel four times a second, in faint noise. Keeps which tracks they gave, to ask
 * what is sent.
 */
export function noisyMicrophone(): void {
  const devices = navigator.mediaDevices;
  const genuine = devices.getUserMedia.bind(devices);
  const captured = new Set<string>();
  devices.getUserMedia = async (wish) => {
    if (!wish?.audio) return genuine(wish);
    const context = new AudioContext();
    const output = context.createMediaStreamDestination();
    const syllables = new GainNode(context, { gain: 0.5 });
    new OscillatorNode(context, { frequency: 4 }).connect(new GainNode(context, { gain: 0.5 })).connect(syllables.gain);
    const chords = new OscillatorNode(context, { type: 'sawtooth', frequency: 130 });
    for (const frequency of [730, 1090, 2440]) {
      chords.connect(new BiquadFilterNode(context, { type: 'bandpass', frequency, Q: 8 })).connect(syllables);
    }
    syllables.connect(output);
    chords.start();
    const buffer = context.createBuffer(1, 2 * context.sampleRate, context.sampleRate);
    const samples = buffer.getChannelData(0);
    for (let at = 0; at < samples.length; at += 1) samples[at] = 0.02 * Math.random() - 0.01;
    const noise = new AudioBufferSourceNode(context, { buffer, loop: true });
    noise.connect(output);
    noise.start();
    for (const { id } of output.stream.getTracks()) captured.add(id);
    return output.stream;
  };
  const connections: RTCPeerConnection[] = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  window.amphiVoice = {
    sent() {
      const [track] = connections
        .filter(({ connectionState }) => connectionState === 'connected')
        .flatMap((connection) => connection.getSenders())
        .flatMap(({ track }) => (track?.kind === 'audio' ? [track] : []));
      return track && (captured.has(track.id) ? 'captured' : 'made');
    },
  };
}

/** Counts what noise suppression opens and closes. */
export function countContexts(): void {
  const open = new Set<AudioContext>();
  let made = 0;
  window.AudioContext = class extends AudioContext {
    constructor(options?: AudioContextOptions) {
      super(options);
      if (options?.sampleRate !== 48_000) return;
      made += 1;
      open.add(this);
    }

    override close(): Promise<void> {
      open.delete(this);
      return super.close();
    }
  };
  window.amphiNoise = { contexts: () => ({ made, open: open.size }) };
}

/** Keeps the connections of a page, to ask what they have received. */
export function countSound(): void {
  const connections: RTCPeerConnection[] = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  window.amphiHeard = {
    async total() {
      const sum = { energy: 0, duration: 0 };
      for (const connection of connections) {
        for (const entry of (await connection.getStats()).values()) {
          if (entry.type !== 'inbound-rtp' || entry.kind !== 'audio') continue;
          sum.energy += entry.totalAudioEnergy ?? 0;
          sum.duration += entry.totalSamplesDuration ?? 0;
        }
      }
      return sum;
    },
  };
}

/** Another rate than was asked for, as a browser that has but one. */
export function oneRate(): void {
  Object.defineProperty(AudioContext.prototype, 'sampleRate', { get: () => 44_100 });
}

export function noWorklets(): void {
  Reflect.deleteProperty(window, 'AudioWorkletNode');
}
