import type { ProcessedTrack } from '@amphi/client';
import { RATE_HZ, startDenoiser } from './denoiser.ts';
import { inTime } from './in-time.ts';
import { NoiseError } from './noise-failure.ts';

/** A browser that lets no sound through yet does so within this of a click, or never. */
const WAKES_WITHIN_MS = 10_000;

/**
 * A track of a microphone without its noise. The page has been clicked before: browsers let no sound through pages that
 * nobody has touched.
 * @param fail is told when it cannot go on; the track is silent then
 * @throws NoiseError, and any other error, where this browser cannot do it
 */
export async function startVoiceTrack(
  source: MediaStreamTrack,
  fail: (error: unknown) => void,
): Promise<ProcessedTrack> {
  const context = atRate(() => new AudioContext({ sampleRate: RATE_HZ }));
  try {
    if (context.sampleRate !== RATE_HZ) throw new NoiseError('other_rate', `sound is at ${context.sampleRate} Hz here`);
    await inTime(context.resume(), WAKES_WITHIN_MS, 'the browser lets no sound through');
    const denoiser = await startDenoiser(context, fail);
    const input = atRate(() => context.createMediaStreamSource(new MediaStream([source])));
    const output = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    input.connect(denoiser.node).connect(output);
    // The system has taken the sound for itself, and given it back (iOS, after a phone call).
    context.onstatechange = () => void context.resume().catch(() => {});
    const [track] = output.stream.getAudioTracks();
    if (!track) throw new Error('the browser gave no track');
    return {
      track,
      stop() {
        track.stop();
        context.onstatechange = null;
        input.disconnect();
        denoiser.close();
        void context.close();
      },
    };
  } catch (error) {
    void context.close();
    throw error;
  }
}

/** Some browsers have no sound at another rate than that of the hardware (Firefox, for microphones). */
function atRate<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw new NoiseError('other_rate', `this browser has no sound at ${RATE_HZ} Hz`, { cause: error });
  }
}
