/** Two notes, half a second: heard through the speaker with this id. Settles when it is over. */
export async function playTestSound(sinkId: string): Promise<void> {
  const context = new AudioContext();
  const output = context.createMediaStreamDestination();
  const element = new Audio();
  try {
    if (typeof element.setSinkId === 'function' && sinkId !== '') await element.setSinkId(sinkId);
    element.srcObject = output.stream;
    await element.play();
    const start = context.currentTime + 0.05;
    const notes = NOTES_HZ.map((hz, index) => note(context, output, { hz, at: start + index * NOTE_S }));
    await Promise.all(notes);
  } finally {
    element.srcObject = null;
    await context.close().catch(() => {});
  }
}

const NOTES_HZ = [523.25, 783.99] as const;
const NOTE_S = 0.28;

function note(context: AudioContext, output: AudioNode, { hz, at }: { hz: number; at: number }): Promise<void> {
  const tone = context.createOscillator();
  const loudness = context.createGain();
  tone.frequency.value = hz;
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(0.3, at + 0.02);
  loudness.gain.linearRampToValueAtTime(0, at + NOTE_S);
  tone.connect(loudness).connect(output);
  tone.start(at);
  tone.stop(at + NOTE_S);
  return new Promise((resolve) => tone.addEventListener('ended', () => resolve(), { once: true }));
}
