import { useCamera, useMicrophone, useRole } from '@amphi/react';
import { Dialog, Field, Select, type ThemeChoice, useTheme } from '@amphi/ui';
import { rememberPreferences, type StageView } from '../page/preferences.ts';
import { DeviceErrors, DeviceSelect, LevelBar, OwnPicture } from '../preview/device-preview.tsx';
import { SpeakerSelect } from '../preview/speaker-select.tsx';

/** Devices for those who publish, how the stage is drawn, light or dark. */
export function SettingsDialog({
  open,
  onOpenChange,
  stageView,
  onStageView,
}: {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly stageView: StageView;
  readonly onStageView: (view: StageView) => void;
}) {
  const { role, level } = useRole();
  const [theme, setTheme] = useTheme();
  const allowed = role?.publishParams.allowed ?? [];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Settings" className="sm:max-w-lg">
      <div className="flex flex-col gap-5">
        {(allowed.includes('audio') || allowed.includes('video')) && (
          <Devices hasMicrophone={allowed.includes('audio')} hasCamera={allowed.includes('video')} />
        )}
        {level !== 'stream' && <SpeakerSelect />}
        {level !== 'stream' && (
          <Field label="Stage" hint="How you see the stage; others and the stream are not affected.">
            <Select<StageView>
              value={stageView}
              options={[
                { value: 'grid', label: 'Everyone the same size' },
                { value: 'speaker', label: 'Who speaks is large' },
              ]}
              onValueChange={onStageView}
            />
          </Field>
        )}
        <Field label="Appearance">
          <Select<ThemeChoice>
            value={theme}
            options={[
              { value: 'system', label: 'Like the system' },
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
            onValueChange={setTheme}
          />
        </Field>
      </div>
    </Dialog>
  );
}

function Devices({ hasMicrophone, hasCamera }: { readonly hasMicrophone: boolean; readonly hasCamera: boolean }) {
  const microphone = useMicrophone();
  const camera = useCamera();
  return (
    <div className="flex flex-col gap-4">
      {hasCamera && (
        <div data-theme="dark" className="aspect-video overflow-hidden rounded-control bg-card">
          <OwnPicture camera={camera} />
        </div>
      )}
      <DeviceErrors microphone={microphone} camera={camera} />
      {hasCamera && (
        <DeviceSelect
          label="Camera"
          device={{
            ...camera,
            select: (id) => {
              rememberPreferences({ cameraId: id });
              return camera.select(id);
            },
          }}
        />
      )}
      {hasMicrophone && (
        <div className="flex flex-col gap-2">
          <DeviceSelect
            label="Microphone"
            device={{
              ...microphone,
              select: (id) => {
                rememberPreferences({ microphoneId: id });
                return microphone.select(id);
              },
            }}
          />
          <LevelBar track={microphone.isEnabled ? microphone.track : undefined} />
        </div>
      )}
    </div>
  );
}
