import type { ClientError } from '@amphi/client';
import { type DeviceView, useCamera, useLocalVideo, useMicrophone, useMicrophoneLevel, useSelf } from '@amphi/react';
import { Avatar, classNames, ErrorNotice, Field, Select, Spinner } from '@amphi/ui';
import { BackgroundSelect, EffectFailure, NoiseSwitch } from '../effects/effect-settings.tsx';
import {
  type DeviceWords,
  describeDeviceError,
  describeInterruption,
  describeSubstitute,
} from '../page/device-texts.ts';
import { rememberPreferences } from '../page/preferences.ts';
import { CameraButton, MicrophoneButton } from '../room/device-buttons.tsx';
import { useWords } from '../words/speaking.tsx';
import { NetworkHint } from './network-hint.tsx';
import { SpeakerSelect } from './speaker-select.tsx';

/** The own picture, switches on it, and what is wrong with the devices. */
export function DevicePreview({
  hasMicrophone,
  hasCamera,
}: {
  readonly hasMicrophone: boolean;
  readonly hasCamera: boolean;
}) {
  const words = useWords();
  const microphone = useMicrophone();
  const camera = useCamera();
  return (
    <section aria-label={words.preview.devices} className="flex min-w-0 flex-col gap-4">
      <div
        data-theme="dark"
        className="relative aspect-[4/3] max-h-[38dvh] w-full [@media(max-height:700px)]:max-h-[26dvh] overflow-hidden rounded-card bg-card sm:aspect-video lg:max-h-none"
      >
        <OwnPicture camera={camera} hasButtons />
        <div className="absolute inset-x-0 bottom-0 flex items-center justify-center gap-3 bg-linear-to-t from-black/55 to-transparent p-4">
          {hasMicrophone && <MicrophoneButton microphone={microphone} testId="mic-toggle" />}
          {hasCamera && <CameraButton camera={camera} testId="cam-toggle" />}
        </div>
      </div>
      <DeviceErrors microphone={microphone} camera={camera} />
      <NetworkHint />
    </section>
  );
}

/** Which devices are used. */
export function DeviceChoices({
  hasMicrophone,
  hasCamera,
}: {
  readonly hasMicrophone: boolean;
  readonly hasCamera: boolean;
}) {
  const words = useWords();
  const microphone = useMicrophone();
  const camera = useCamera();
  return (
    <section aria-label={words.preview.choices} className="grid min-w-0 content-start gap-4 sm:grid-cols-2">
      {hasMicrophone && (
        <div className="flex min-w-0 flex-col gap-2">
          <DeviceSelect kind="microphone" device={microphone} />
          <LevelBar track={microphone.status === 'on' ? microphone.track : undefined} />
          <NoiseSwitch />
        </div>
      )}
      {hasCamera && (
        <div className="flex min-w-0 flex-col gap-4">
          <DeviceSelect kind="camera" device={camera} />
          <BackgroundSelect />
        </div>
      )}
      {hasMicrophone && (
        <div className="sm:col-span-2">
          <SpeakerSelect />
        </div>
      )}
    </section>
  );
}

/** Own camera, mirrored as in a mirror; who it is when the camera is off. */
export function OwnPicture({
  camera,
  hasButtons = false,
}: {
  readonly camera: DeviceView;
  /** Something lies over the foot of it. */
  readonly hasButtons?: boolean;
}) {
  const words = useWords();
  const { name } = useSelf();
  const isOn = camera.status === 'on';
  const video = useLocalVideo(isOn ? camera.track : undefined);
  return (
    <>
      <video
        ref={video}
        autoPlay
        playsInline
        muted
        aria-label={words.preview.ownCamera}
        className={isOn ? 'size-full object-cover mirrored' : 'hidden'}
      />
      {!isOn && (
        <div className={classNames('grid size-full place-items-center text-ink-soft', hasButtons && 'pb-16')}>
          {camera.status === 'starting' ? (
            <Spinner label={words.preview.cameraStarts} />
          ) : (
            <div className="flex flex-col items-center gap-3">
              {name && <Avatar name={name} size={64} />}
              <p>{words.preview.cameraOff}</p>
            </div>
          )}
        </div>
      )}
    </>
  );
}

/** What does not work and what helps; the room can be entered without. */
export function DeviceErrors({ microphone, camera }: { readonly microphone: DeviceView; readonly camera: DeviceView }) {
  const words = useWords();
  const devices = [
    { device: 'camera' as const, view: camera },
    { device: 'microphone' as const, view: microphone },
  ];
  const told = devices.filter(({ view }) => view.error ?? (view.isSubstitute || view.status === 'interrupted'));
  return (
    <div className="flex flex-col gap-2 empty:hidden">
      <EffectFailure />
      {told.map(({ device, view }) =>
        view.error ? (
          <DeviceFailure key={device} device={device} error={view.error} />
        ) : (
          <DeviceHint
            key={device}
            device={device}
            hint={view.isSubstitute ? describeSubstitute(words, device) : describeInterruption(words, device)}
          />
        ),
      )}
    </div>
  );
}

function DeviceFailure({ device, error }: { readonly device: 'microphone' | 'camera'; readonly error: ClientError }) {
  const { title, advice } = describeDeviceError(useWords(), error, device);
  return <ErrorNotice title={title} message={advice} data-testid={`${device}-error`} />;
}

/** It works, though not as one might expect. */
function DeviceHint({ device, hint }: { readonly device: 'microphone' | 'camera'; readonly hint: DeviceWords }) {
  const words = useWords();
  return (
    <p role="status" className="text-sm text-warn" data-testid={`${device}-hint`}>
      <strong className="font-semibold">{words.device.hint(hint.title)}</strong> {hint.advice}
    </p>
  );
}

/** Which of several devices, for the next visit, too; nothing where there is only one, or none that works. */
export function DeviceSelect({
  kind,
  device,
}: {
  readonly kind: 'microphone' | 'camera';
  readonly device: DeviceView;
}) {
  const own = useWords().device[kind];
  if (device.devices.length < 2 || (device.error && !device.track)) return null;
  const present = device.source?.getSettings().deviceId;
  const value = device.deviceId ?? present ?? device.devices[0]?.id ?? '';
  const options = device.devices.map(({ id, label: name }, index) => ({
    value: id,
    label: name || own.numbered(index + 1),
  }));
  return (
    <Field label={own.name}>
      <Select
        value={value}
        options={options}
        onValueChange={(id) => {
          rememberPreferences(kind === 'microphone' ? { microphoneId: id } : { cameraId: id });
          void device.select(id);
        }}
        data-testid={`${kind}-select`}
      />
    </Field>
  );
}

/** Moves with the voice, so that one sees that the microphone hears. */
export function LevelBar({ track }: { readonly track: MediaStreamTrack | undefined }) {
  const level = useMicrophoneLevel(track);
  return (
    <div className="h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden="true">
      <div
        className="h-full rounded-full bg-accent-fill transition-[width] duration-75"
        style={{ width: `${level * 100}%` }}
        data-testid="microphone-level"
      />
    </div>
  );
}
