import { type CaptureState, INVITATION_DECLINED, isCapturing, type SessionState } from '@amphi/client';
import { levelOf } from '@amphi/protocol';
import { useSession, useSessionEvent, useSessionState } from '@amphi/react';
import { isolate, useToaster } from '@amphi/ui';
import { useEffect, useRef } from 'react';
import {
  type DeviceWords,
  describeDeviceError,
  describeInterruption,
  describeSubstitute,
} from '../page/device-texts.ts';
import { declinerOf } from './declined-invitation.ts';

/** What happens in the room and deserves a word. */
export function useRoomToasts(): void {
  const session = useSession();
  const toaster = useToaster();

  useSessionEvent('error', ({ error }) => {
    toaster.show({ id: `error-${error.code}`, tone: 'danger', title: 'That did not work', description: error.message });
  });

  useSessionEvent('roleChanged', ({ to }) => {
    const role = session.state.roles[to];
    if (!role) return;
    const level = levelOf(role);
    const { microphone, camera } = session.state;
    if (level === 'stage') {
      const isOpen = isCapturing(microphone) || isCapturing(camera);
      toaster.show({
        id: 'role',
        tone: 'ok',
        title: 'You are on stage',
        description: isOpen
          ? 'Others see and hear you now.'
          : 'Switch your microphone and camera on when you are ready.',
      });
    } else {
      toaster.show({
        id: 'role',
        title: 'You are in the audience',
        description: 'Nobody sees or hears you: camera and microphone are off.',
      });
    }
  });

  useSessionEvent('customEvent', ({ type, payload, peerId }) => {
    if (type !== INVITATION_DECLINED) return;
    const known = peerId === undefined ? undefined : session.state.peers[peerId]?.name;
    const name = known || declinerOf(payload);
    toaster.show({ title: `${name ? isolate(name) : 'The person'} declined the invitation` });
  });

  useDeviceToasts('microphone');
  useDeviceToasts('camera');
}

/** Tells of a device that fails, is taken or is replaced in the room; what was so before was told in the preview. */
function useDeviceToasts(device: 'microphone' | 'camera'): void {
  const toaster = useToaster();
  const state = useSessionState(device === 'microphone' ? selectMicrophone : selectCamera);
  const before = useRef(state);
  useEffect(() => {
    const { error, status, isSubstitute } = before.current;
    before.current = state;
    const show = (words: DeviceWords, tone: 'danger' | 'warn'): void => {
      toaster.show({ id: device, tone, title: words.title, description: words.advice, durationMs: 12_000 });
    };
    if (state.error && state.error !== error) show(describeDeviceError(state.error, device), 'danger');
    else if (state.status === 'interrupted' && status !== 'interrupted') show(describeInterruption(device), 'warn');
    else if (state.isSubstitute && !isSubstitute) show(describeSubstitute(device), 'warn');
    else if (status === 'interrupted' && state.status !== 'interrupted') toaster.dismiss(device);
  }, [state, device, toaster]);
}

const selectMicrophone = (state: SessionState): CaptureState => state.microphone;
const selectCamera = (state: SessionState): CaptureState => state.camera;
