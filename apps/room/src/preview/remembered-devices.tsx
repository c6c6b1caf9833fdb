import { useCamera, useConnection, useMicrophone, useRole, useSpeaker } from '@amphi/react';
import { useEffect, useRef } from 'react';
import { usePageOptions } from '../page/page-options.ts';
import { readPreferences } from '../page/preferences.ts';

/** Opens what a preview shows as soon as there is one: how the page is to look is not waited for. Renders nothing. */
export function RememberedDevices() {
  const isPreview = useConnection().status === 'preview';
  const allowed = useRole().role?.publishParams.allowed ?? [];
  useRememberedSpeaker();
  useRememberedDevices(isPreview && allowed.includes('audio'), isPreview && allowed.includes('video'));
  return null;
}

/**
 * Switches on what was on the last time, or what the page's address asks for, with the same devices. They are not looked for in the list first: some browsers
 * hide the ids in it until something was captured. One that is gone gives way to another, with a hint.
 */
function useRememberedDevices(hasMicrophone: boolean, hasCamera: boolean): void {
  const microphone = useMicrophone();
  const camera = useCamera();
  const asked = usePageOptions();
  const started = useRef(false);
  useEffect(() => {
    if (started.current || (!hasMicrophone && !hasCamera)) return;
    started.current = true;
    const preferences = readPreferences();
    if (hasMicrophone) {
      if (preferences.microphoneId !== undefined) void microphone.select(preferences.microphoneId);
      if (asked.microphone ?? preferences.microphoneOn) void microphone.setEnabled(true);
    }
    if (hasCamera) {
      if (preferences.cameraId !== undefined) void camera.select(preferences.cameraId);
      if (asked.camera ?? preferences.cameraOn) void camera.setEnabled(true);
    }
  }, [hasMicrophone, hasCamera, microphone, camera, asked]);
}

/** The devices of the last time, where none was chosen in this visit: whoever is called to the stage had them in no preview. */
export function useRememberedChoice(): void {
  const microphone = useMicrophone();
  const camera = useCamera();
  const isDone = useRef(false);
  useEffect(() => {
    if (isDone.current) return;
    isDone.current = true;
    const { microphoneId, cameraId } = readPreferences();
    if (microphone.deviceId === undefined && microphoneId !== undefined) void microphone.select(microphoneId);
    if (camera.deviceId === undefined && cameraId !== undefined) void camera.select(cameraId);
  }, [microphone, camera]);
}

/** The speaker of the last time, once the browser shows it: ids are hidden until something was captured. */
function useRememberedSpeaker(): void {
  const { devices, select } = useSpeaker();
  const wanted = useRef(readPreferences().speakerId);
  useEffect(() => {
    const id = wanted.current;
    if (id === undefined || !devices.some((device) => device.id === id)) return;
    wanted.current = undefined;
    // The system's own choice is good enough where this one does not work any more.
    select(id).catch(() => {});
  }, [devices, select]);
}
