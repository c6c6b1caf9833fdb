import type { CaptureRequest, DeviceKind, MediaPort } from '../environment.ts';
import { ClientError, type ClientErrorCode } from '../errors.ts';

const KINDS: Readonly<Record<MediaDeviceKind, DeviceKind>> = {
  audioinput: 'microphone',
  videoinput: 'camera',
  audiooutput: 'speaker',
};

/** The browser's capture (Media Capture and Streams, W3C); undefined on a page where it is not offered. */
export function browserMedia(): MediaPort | undefined {
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (!devices) return undefined;
  return {
    canCaptureScreen: typeof devices.getDisplayMedia === 'function',
    async capture(request) {
      const stream = await devices.getUserMedia(constraintsOf(request)).catch((error: unknown) => {
        throw captureError(error, request.kind === 'audio' ? 'microphone' : 'camera');
      });
      return firstTrack(stream.getTracks());
    },
    async captureScreen({ width, height, frameRate }) {
      const stream = await devices
        .getDisplayMedia({
          video: { width: { max: width }, height: { max: height }, frameRate: { max: frameRate } },
          audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
        })
        .catch((error: unknown) => {
          throw captureError(error, 'screen');
        });
      const video = firstTrack(stream.getVideoTracks());
      // Text has to stay sharp rather than smooth (MediaStreamTrack Content Hints, W3C).
      video.contentHint = 'detail';
      return { video, audio: stream.getAudioTracks()[0] };
    },
    async listDevices() {
      const list = await devices.enumerateDevices();
      return list
        .filter((device) => device.deviceId !== '')
        .map((device) => ({ id: device.deviceId, kind: KINDS[device.kind], label: device.label }));
    },
    onDeviceChange(listener) {
      devices.addEventListener('devicechange', listener);
      return () => devices.removeEventListener('devicechange', listener);
    },
  };
}

function constraintsOf(request: CaptureRequest): MediaStreamConstraints {
  const device = request.deviceId === undefined ? {} : { deviceId: { exact: request.deviceId } };
  if (request.kind === 'audio') {
    return { audio: { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true } };
  }
  return {
    video: {
      ...device,
      ...(request.width !== undefined && { width: { ideal: request.width } }),
      ...(request.height !== undefined && { height: { ideal: request.height } }),
      ...(request.frameRate !== undefined && { frameRate: { ideal: request.frameRate } }),
    },
  };
}

function firstTrack(tracks: readonly MediaStreamTrack[]): MediaStreamTrack {
  const track = tracks[0];
  if (!track) throw new ClientError('device_failed', 'the browser gave no track');
  return track;
}

/** DOMException names of getUserMedia and getDisplayMedia (Media Capture and Streams, 10.3; Screen Capture, 5.1). */
function captureError(error: unknown, what: 'microphone' | 'camera' | 'screen'): ClientError {
  const name = error instanceof Error ? error.name : '';
  const codes: Readonly<Record<string, ClientErrorCode>> = {
    NotAllowedError: what === 'screen' ? 'capture_cancelled' : 'device_denied',
    SecurityError: 'device_denied',
    NotFoundError: 'device_missing',
    OverconstrainedError: 'device_missing',
    NotReadableError: 'device_in_use',
    AbortError: 'device_in_use',
  };
  const reason = error instanceof Error ? error.message : String(error);
  return new ClientError(codes[name] ?? 'device_failed', `${what}: ${reason || name}`, { cause: error });
}
