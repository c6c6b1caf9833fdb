import type { ClientError } from '@amphi/client';

export interface DeviceWords {
  readonly title: string;
  readonly advice: string;
}

/** The system has taken the device: what others see of it, and how it comes back. */
export function describeInterruption(device: 'microphone' | 'camera'): DeviceWords {
  return {
    title: device === 'microphone' ? 'Nobody hears you now' : 'Nobody sees you now',
    advice: `A call or another app has taken the ${device}. It comes back by itself; if not, switch it on again.`,
  };
}

/** Not the device that was chosen. */
export function describeSubstitute(device: 'microphone' | 'camera'): DeviceWords {
  return {
    title: `Another ${device} is used`,
    advice: `The ${device} you chose cannot be opened. You can choose in the settings.`,
  };
}

/** What to tell a person whose device does not work, and what helps. */
export function describeDeviceError(error: ClientError, device: 'microphone' | 'camera'): DeviceWords {
  const Device = device === 'microphone' ? 'Microphone' : 'Camera';
  switch (error.code) {
    case 'device_denied':
      return {
        title: `${Device} is blocked`,
        advice: `Allow the ${device} in your browser’s address bar or in the system settings, then switch it on again.`,
      };
    case 'device_missing':
      return { title: `No ${device} found`, advice: 'Plug one in and switch it on again.' };
    case 'device_in_use':
      return {
        title: `${Device} is busy`,
        advice: `Another program uses it. Close that program, then switch the ${device} on again.`,
      };
    case 'device_lost':
      return {
        title: `${Device} was disconnected`,
        advice: 'Plug it back in or choose another one, then switch it on.',
      };
    case 'insecure_page':
      return {
        title: `${Device} needs a secure page`,
        advice: 'Open this page over HTTPS. Browsers give cameras and microphones to no other pages.',
      };
    default:
      return { title: `${Device} does not work`, advice: error.message };
  }
}
