import type { ClientError } from '@amphi/client';
import { errorText } from '../words/error-text.ts';
import type { Words } from '../words/words.ts';

export interface DeviceWords {
  readonly title: string;
  readonly advice: string;
}

/** The system has taken the device: what others see of it, and how it comes back. */
export function describeInterruption({ device }: Words, kind: 'microphone' | 'camera'): DeviceWords {
  return { title: device[kind].interrupted, advice: device[kind].interruptedHelp };
}

/** Not the device that was chosen. */
export function describeSubstitute({ device }: Words, kind: 'microphone' | 'camera'): DeviceWords {
  return { title: device[kind].substitute, advice: device[kind].substituteHelp };
}

/** What to tell a person whose device does not work, and what helps. */
export function describeDeviceError(words: Words, error: ClientError, kind: 'microphone' | 'camera'): DeviceWords {
  const { missingHelp, lostHelp, insecureHelp } = words.device;
  const own = words.device[kind];
  switch (error.code) {
    case 'device_denied':
      return { title: own.denied, advice: own.deniedHelp };
    case 'device_missing':
      return { title: own.missing, advice: missingHelp };
    case 'device_in_use':
      return { title: own.inUse, advice: own.inUseHelp };
    case 'device_lost':
      return { title: own.lost, advice: lostHelp };
    case 'insecure_page':
      return { title: own.insecure, advice: insecureHelp };
    default:
      return { title: own.broken, advice: errorText(words, error) };
  }
}
