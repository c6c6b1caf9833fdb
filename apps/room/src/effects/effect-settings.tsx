import { Button, ErrorNotice, Field, Select, Switch } from '@amphi/ui';
import { ImageUp } from 'lucide-react';
import { type ChangeEvent, useRef } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { BACKGROUNDS, type Background } from './backgrounds.ts';
import { useEffects } from './effects-context.ts';
import { keepOwnPicture, readOwnPicture } from './own-picture.ts';

/** What is behind the person in their picture; one of their own asks for it. */
export function BackgroundSelect() {
  const words = useWords();
  const own = words.effects;
  const [{ background, isSlow }, effects] = useEffects();
  const attempt = useAttempt();
  const input = useRef<HTMLInputElement>(null);
  const choose = (chosen: Background): void => {
    // Without one there is nothing to show yet.
    if (chosen === 'picture' && readOwnPicture() === undefined) input.current?.click();
    else effects.setBackground(chosen);
  };
  const take = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const file = target.files?.[0];
    target.value = '';
    if (!file) return;
    attempt(
      own.pictureFailed,
      keepOwnPicture(file).then(() => effects.setBackground('picture')),
    );
  };
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex min-w-0 items-end gap-2">
        <Field label={own.background} className="min-w-0 flex-1">
          <Select<Background>
            value={background}
            options={BACKGROUNDS.map((value) => ({ value, label: own.backgrounds[value] }))}
            onValueChange={choose}
            data-testid="background-select"
          />
        </Field>
        {background === 'picture' && (
          <Button
            variant="secondary"
            icon={<ImageUp aria-hidden="true" />}
            onClick={() => input.current?.click()}
            data-testid="background-other"
          >
            {own.otherPicture}
          </Button>
        )}
      </div>
      <input
        ref={input}
        type="file"
        accept="image/*"
        aria-label={own.otherPicture}
        tabIndex={-1}
        className="hidden"
        onChange={take}
        data-testid="background-file"
      />
      {isSlow && (
        <p role="status" className="text-sm text-warn" data-testid="background-slow">
          {own.slow}
        </p>
      )}
    </div>
  );
}

/** Whether others get the voice without what is around it; why not, where it does not work. */
export function NoiseSwitch() {
  const own = useWords().effects.noise;
  const [{ noise }, effects] = useEffects();
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <Switch
        label={own.suppress}
        hint={own.help}
        checked={noise.isSuppressed}
        onCheckedChange={(isOn) => effects.setNoiseSuppressed(isOn)}
        data-testid="noise-switch"
      />
      {noise.failure && (
        <p role="status" className="text-sm text-warn" data-testid="noise-failure" data-failure={noise.failure}>
          {own.failed[noise.failure]}
        </p>
      )}
    </div>
  );
}

/** What this machine could not do, and what is the case instead. */
export function EffectFailure() {
  const { failed } = useWords().effects;
  const [{ hasFailed }] = useEffects();
  if (!hasFailed) return null;
  return <ErrorNotice title={failed.title} message={failed.advice} data-testid="effect-error" />;
}
