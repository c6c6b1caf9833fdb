import { INVITATION_DECLINED, type SessionState } from '@amphi/client';
import { levelOf } from '@amphi/protocol';
import { useSession, useSessionEvent, useSessionState } from '@amphi/react';
import { useToaster } from '@amphi/ui';
import { useEffect, useRef } from 'react';
import { describeDeviceError } from '../page/device-texts.ts';
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
      const isOpen = microphone.isEnabled || camera.isEnabled;
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
    toaster.show({ title: `${known || declinerOf(payload) || 'The person'} declined the invitation` });
  });

  useDeviceErrorToast('microphone');
  useDeviceErrorToast('camera');
}

/** Tells of a device that fails in the room; what failed before was told in the preview. */
function useDeviceErrorToast(device: 'microphone' | 'camera'): void {
  const toaster = useToaster();
  const error = useSessionState(device === 'microphone' ? selectMicrophoneError : selectCameraError);
  const told = useRef(error);
  useEffect(() => {
    if (told.current === error) return;
    told.current = error;
    if (!error) return;
    const { title, advice } = describeDeviceError(error, device);
    toaster.show({ id: device, tone: 'danger', title, description: advice, durationMs: 12_000 });
  }, [error, device, toaster]);
}

const selectMicrophoneError = (state: SessionState) => state.microphone.error;
const selectCameraError = (state: SessionState) => state.camera.error;
