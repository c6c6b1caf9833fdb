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
import { errorText } from '../words/error-text.ts';
import { useWords } from '../words/speaking.tsx';
import { declinerOf } from './declined-invitation.ts';

/** What happens in the room and deserves a word. */
export function useRoomToasts(): void {
  const words = useWords();
  const session = useSession();
  const toaster = useToaster();

  useSessionEvent('error', ({ error }) => {
    toaster.show({
      id: `error-${error.code}`,
      tone: 'danger',
      title: words.failed.that,
      description: errorText(words, error),
    });
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
        title: words.room.onStage,
        description: isOpen ? words.room.onStageOpen : words.room.onStageClosed,
      });
    } else {
      toaster.show({
        id: 'role',
        title: words.room.inAudience,
        description: words.room.inAudienceHelp,
      });
    }
  });

  useSessionEvent('customEvent', ({ type, payload, peerId }) => {
    if (type !== INVITATION_DECLINED) return;
    const known = peerId === undefined ? undefined : session.state.peers[peerId]?.name;
    const name = known || declinerOf(payload);
    toaster.show({ title: name ? words.room.declined(isolate(name)) : words.room.somebodyDeclined });
  });

  useDeviceToasts('microphone');
  useDeviceToasts('camera');
}

/** Tells of a device that fails, is taken or is replaced in the room; what was so before was told in the preview. */
function useDeviceToasts(device: 'microphone' | 'camera'): void {
  const words = useWords();
  const toaster = useToaster();
  const state = useSessionState(device === 'microphone' ? selectMicrophone : selectCamera);
  const before = useRef(state);
  useEffect(() => {
    const { error, status, isSubstitute } = before.current;
    before.current = state;
    const show = ({ title, advice }: DeviceWords, tone: 'danger' | 'warn'): void => {
      toaster.show({ id: device, tone, title, description: advice, durationMs: 12_000 });
    };
    if (state.error && state.error !== error) show(describeDeviceError(words, state.error, device), 'danger');
    else if (state.status === 'interrupted' && status !== 'interrupted')
      show(describeInterruption(words, device), 'warn');
    else if (state.isSubstitute && !isSubstitute) show(describeSubstitute(words, device), 'warn');
    else if (status === 'interrupted' && state.status !== 'interrupted') toaster.dismiss(device);
  }, [state, device, toaster, words]);
}

const selectMicrophone = (state: SessionState): CaptureState => state.microphone;
const selectCamera = (state: SessionState): CaptureState => state.camera;
