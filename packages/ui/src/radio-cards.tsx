import { RadioGroup } from 'radix-ui';
import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';
import { useFieldControl, useFieldLabelId } from './field.tsx';

export interface RadioCard<Value extends string = string> {
  readonly value: Value;
  readonly title: string;
  readonly description?: ReactNode;
  /** A picture of the choice; decoration. */
  readonly picture?: ReactNode;
  readonly disabled?: boolean;
  readonly testId?: string;
}

export interface RadioCardsProps<Value extends string> {
  value: Value;
  options: readonly RadioCard<Value>[];
  onValueChange: (value: Value) => void;
  /** Name of the group, unless a `Field` around it gives one. */
  label?: string;
  /** `tall`: picture above the words. `compact`: one line each. */
  shape?: 'tall' | 'compact';
  disabled?: boolean;
  className?: string;
  'data-testid'?: string;
}

/** One of a few, each a card with picture and words. Arrow keys choose; Tab enters and leaves the group. */
export function RadioCards<Value extends string>({
  value,
  options,
  onValueChange,
  label,
  shape = 'tall',
  disabled = false,
  className,
  ...rest
}: RadioCardsProps<Value>) {
  const labelId = useFieldLabelId();
  const { 'aria-describedby': describedBy } = useFieldControl();
  return (
    <RadioGroup.Root
      {...rest}
      value={value}
      onValueChange={(chosen) => {
        const option = options.find((candidate) => candidate.value === chosen);
        if (option !== undefined) onValueChange(option.value);
      }}
      disabled={disabled}
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(labelId === undefined || label !== undefined ? {} : { 'aria-labelledby': labelId })}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
      className={classNames('grid gap-2.5', className)}
    >
      {options.map((option) => (
        <Card key={option.value} option={option} shape={shape} />
      ))}
    </RadioGroup.Root>
  );
}

function Card({ option, shape }: { option: RadioCard; shape: 'tall' | 'compact' }) {
  const id = useId();
  return (
    <RadioGroup.Item
      value={option.value}
      disabled={option.disabled === true}
      aria-labelledby={`${id}-title`}
      {...(option.description === undefined ? {} : { 'aria-describedby': `${id}-description` })}
      {...(option.testId === undefined ? {} : { 'data-testid': option.testId })}
      className={classNames(
        'group relative flex rounded-control border border-line-strong bg-raised text-left transition-colors duration-100',
        'hover:bg-sunken disabled:cursor-not-allowed disabled:opacity-50',
        'data-[state=checked]:border-accent data-[state=checked]:bg-accent-wash data-[state=checked]:inset-ring data-[state=checked]:inset-ring-accent',
        shape === 'tall' ? 'flex-col gap-3 p-4 pr-11' : 'min-h-11 items-center gap-3 py-2 pr-11 pl-3',
      )}
    >
      {option.picture !== undefined && (
        <span aria-hidden="true" className="shrink-0 text-ink-faint group-data-[state=checked]:text-accent">
          {option.picture}
        </span>
      )}
      <span className="flex min-w-0 flex-col gap-1">
        <span id={`${id}-title`} className="text-[0.9375rem] font-medium text-ink">
          {option.title}
        </span>
        {option.description !== undefined && (
          <span id={`${id}-description`} className="text-sm text-ink-soft">
            {option.description}
          </span>
        )}
      </span>
      <span
        aria-hidden="true"
        className={classNames(
          'absolute right-3.5 grid size-4.5 place-items-center rounded-full border border-line-strong bg-raised group-data-[state=checked]:border-accent-fill',
          shape === 'tall' ? 'top-4' : 'top-1/2 -translate-y-1/2',
        )}
      >
        <RadioGroup.Indicator className="size-2.5 rounded-full bg-accent-fill" />
      </span>
    </RadioGroup.Item>
  );
}
