import { useSpeaker } from '@amphi/react';
import { Button, Field, Select } from '@amphi/ui';
import { Volume2 } from 'lucide-react';
import { useState } from 'react';
import { rememberPreferences } from '../page/preferences.ts';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** Stands for the system's own choice. */
const SYSTEM = '';

/** Where others are heard, and a sound to try it. Where the system chooses, the sound alone. */
export function SpeakerSelect() {
  const words = useWords();
  const { devices, deviceId, canSelect, select, test } = useSpeaker();
  const attempt = useAttempt();
  const [isPlaying, setIsPlaying] = useState(false);
  const play = (): void => {
    setIsPlaying(true);
    attempt(
      words.failed.playSound,
      test().finally(() => setIsPlaying(false)),
    );
  };
  // Browsers list the system's choice as a device of its own, and devices without their ids until one was captured.
  const others = devices.filter(({ id }) => id !== 'default' && id !== '');
  return (
    <div className="flex min-w-0 flex-wrap items-end gap-2">
      {canSelect && others.length > 0 && (
        <Field label={words.preview.speaker} className="min-w-0 flex-1 basis-40">
          <Select
            value={deviceId ?? SYSTEM}
            options={[
              { value: SYSTEM, label: words.preview.systemSpeaker },
              ...others.map(({ id, label }, index) => ({
                value: id,
                label: label || words.preview.speakerNumbered(index + 1),
              })),
            ]}
            onValueChange={(id) => {
              rememberPreferences({ speakerId: id === SYSTEM ? undefined : id });
              attempt(words.failed.speaker, select(id === SYSTEM ? undefined : id));
            }}
            data-testid="speaker-select"
          />
        </Field>
      )}
      <Button
        variant="secondary"
        icon={<Volume2 aria-hidden="true" />}
        disabled={isPlaying}
        onClick={play}
        data-testid="speaker-test"
      >
        {isPlaying ? words.preview.playing : words.preview.testSound}
      </Button>
    </div>
  );
}
