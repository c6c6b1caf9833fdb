/** Cameras and microphones without a browser: test media, encoded by `@amphi/media` and sent over RTP. */
export { RtpSender, type RtpSenderOptions } from './rtp-sender.ts';
export { SyntheticCamera, type SyntheticCameraOptions } from './synthetic-camera.ts';
export { SyntheticMicrophone } from './synthetic-microphone.ts';
export { beepSamples, drawTestPicture, FLASH_MS, isFlash, lumaOf } from './test-picture.ts';
