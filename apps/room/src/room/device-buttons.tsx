import type { DeviceView } from '@amphi/react';
import { classNames, IconButton, Spinner } from '@amphi/ui';
import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { useWords } from '../words/speaking.tsx';

interface DeviceButtonProps {
  readonly testId: string;
}

/** Pressed while the microphone is heard. */
export function MicrophoneButton({ microphone, testId }: DeviceButtonProps & { readonly microphone: DeviceView }) {
  return (
    <DeviceButton
      kind="microphone"
      device={microphone}
      on={<Mic />}
      off={<MicOff />}
      testId={testId}
      shortcut="Control+D"
    />
  );
}

/** Pressed while the camera is seen. */
export function CameraButton({ camera, testId }: DeviceButtonProps & { readonly camera: DeviceView }) {
  return (
    <DeviceButton
      kind="camera"
      device={camera}
      on={<Video />}
      off={<VideoOff />}
      testId={testId}
      shortcut="Control+E"
    />
  );
}

function DeviceButton({
  kind,
  device,
  on,
  off,
  testId,
  shortcut,
}: {
  readonly kind: 'microphone' | 'camera';
  readonly device: DeviceView;
  readonly on: ReactNode;
  readonly off: ReactNode;
  readonly testId: string;
  readonly shortcut: string;
}) {
  const own = useWords().device[kind];
  const isOn = device.isCapturing;
  const isTaken = device.status === 'interrupted';
  return (
    <IconButton
      label={isTaken ? own.taken : own.name}
      pressed={isOn}
      variant="secondary"
      size="lg"
      icon={device.status === 'starting' ? <Spinner /> : isOn ? on : off}
      onClick={() => void device.toggle()}
      aria-keyshortcuts={shortcut}
      data-testid={testId}
      data-status={device.status}
      className={classNames(
        'max-[26rem]:size-11!',
        isTaken ? 'border-warn! bg-warn-wash! text-warn!' : !isOn && 'border-danger! bg-danger-wash! text-danger!',
      )}
    />
  );
}
