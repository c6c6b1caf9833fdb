import { useCamera, useLocalVideo, useMicrophone, useSelf } from '@amphi/react';

/** Our camera while it is on, mirrored as people know themselves. */
export function OwnPicture() {
  const { name } = useSelf();
  const { track } = useCamera();
  const ref = useLocalVideo(track);
  if (!track) return null;
  return (
    <figure>
      <video ref={ref} autoPlay playsInline muted style={{ transform: 'scaleX(-1)' }} />
      <figcaption>{name || 'You'}</figcaption>
    </figure>
  );
}

export function DeviceButtons() {
  const microphone = useMicrophone();
  const camera = useCamera();
  return (
    <>
      {microphone.isAllowed && (
        <button type="button" aria-pressed={microphone.isCapturing} onClick={microphone.toggle}>
          Microphone
        </button>
      )}
      {camera.isAllowed && (
        <button type="button" aria-pressed={camera.isCapturing} onClick={camera.toggle}>
          Camera
        </button>
      )}
      {/* Denied, absent, busy: in words that say which. */}
      <p role="alert">{camera.error?.message ?? microphone.error?.message}</p>
    </>
  );
}
