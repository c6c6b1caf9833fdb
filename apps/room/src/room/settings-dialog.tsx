import { useCamera, useMicrophone, useRole } from '@amphi/react';
import { Dialog, Field, Select, Switch, type ThemeChoice, useTheme } from '@amphi/ui';
import { BackgroundSelect, NoiseSwitch } from '../effects/effect-settings.tsx';
import type { StageView } from '../page/preferences.ts';
import { DeviceErrors, DeviceSelect, LevelBar, OwnPicture } from '../preview/device-preview.tsx';
import { SpeakerSelect } from '../preview/speaker-select.tsx';
import { LANGUAGES, type Language } from '../words/languages.ts';
import { useLanguage, useWords } from '../words/speaking.tsx';
import { PastMessages } from './past-messages.tsx';

const LANGUAGE_OPTIONS = (Object.keys(LANGUAGES) as Language[]).map((value) => ({
  value,
  label: LANGUAGES[value].name,
}));

/** Devices for those who publish, how the stage is drawn, light or dark, which language. */
export function SettingsDialog({
  open,
  onOpenChange,
  stageView,
  onStageView,
  isAudioOnly,
  onAudioOnly,
}: {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly stageView: StageView;
  readonly onStageView: (view: StageView) => void;
  readonly isAudioOnly: boolean;
  readonly onAudioOnly: (isAudioOnly: boolean) => void;
}) {
  const { role, level } = useRole();
  const words = useWords();
  const [theme, setTheme] = useTheme();
  const [language, setLanguage] = useLanguage();
  const allowed = role?.publishParams.allowed ?? [];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={words.room.settings} size="form">
      <div className="flex flex-col gap-5">
        {(allowed.includes('audio') || allowed.includes('video')) && (
          <Devices hasMicrophone={allowed.includes('audio')} hasCamera={allowed.includes('video')} />
        )}
        {level !== 'stream' && <SpeakerSelect />}
        {level !== 'stream' && (
          <Field label={words.settings.stage} hint={words.settings.stageHelp}>
            <Select<StageView>
              value={stageView}
              options={[
                { value: 'grid', label: words.settings.grid },
                { value: 'speaker', label: words.settings.speaker },
                { value: 'sidebar', label: words.settings.sidebar },
              ]}
              onValueChange={onStageView}
              data-testid="settings-stage"
            />
          </Field>
        )}
        {level !== 'stream' && (
          <Switch
            label={words.settings.audioOnly}
            hint={words.settings.audioOnlyHelp}
            checked={isAudioOnly}
            onCheckedChange={onAudioOnly}
            data-testid="settings-audio-only"
          />
        )}
        <Field label={words.settings.appearance}>
          <Select<ThemeChoice>
            value={theme}
            options={[
              { value: 'system', label: words.settings.system },
              { value: 'light', label: words.settings.light },
              { value: 'dark', label: words.settings.dark },
            ]}
            onValueChange={setTheme}
          />
        </Field>
        <Field label={words.settings.language}>
          <Select<Language>
            value={language}
            options={LANGUAGE_OPTIONS}
            onValueChange={setLanguage}
            data-testid="settings-language"
          />
        </Field>
        <PastMessages />
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
      {hasCamera && <DeviceSelect kind="camera" device={camera} />}
      {hasCamera && <BackgroundSelect />}
      {hasMicrophone && (
        <div className="flex flex-col gap-2">
          <DeviceSelect kind="microphone" device={microphone} />
          <LevelBar track={microphone.isEnabled ? microphone.track : undefined} />
          <NoiseSwitch />
        </div>
      )}
    </div>
  );
}
