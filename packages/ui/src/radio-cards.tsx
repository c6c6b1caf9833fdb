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

/**
 * One of a few, each a card with picture and words. The browser's own radio buttons lie over the cards, so that arrow
 * keys, screen readers and fingers all work as everywhere.
 */
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
  const name = useId();
  const labelId = useFieldLabelId();
  const { 'aria-describedby': describedBy } = useFieldControl();
  return (
    <div
      {...rest}
      role="radiogroup"
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(labelId === undefined || label !== undefined ? {} : { 'aria-labelledby': labelId })}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
      className={classNames('grid gap-2.5', className)}
    >
      {options.map((option) => (
        <Card
          key={option.value}
          option={disabled ? { ...option, disabled } : option}
          name={name}
          checked={option.value === value}
          onChoose={() => onValueChange(option.value)}
          shape={shape}
        />
      ))}
    </div>
  );
}

interface CardProps {
  option: RadioCard;
  name: string;
  checked: boolean;
  onChoose: () => void;
  shape: 'tall' | 'compact';
}

function Card({ option, name, checked, onChoose, shape }: CardProps) {
  const id = useId();
  return (
    <div
      className={classNames(
        'relative flex rounded-control border transition-colors duration-100',
        'has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-offset-2 has-[:focus-visible]:outline-focus',
        'has-[:disabled]:opacity-50',
        checked
          ? 'border-accent bg-accent-wash inset-ring inset-ring-accent'
          : 'border-line-strong bg-raised hover:bg-sunken',
        shape === 'tall' ? 'flex-col gap-3 p-4 pe-11' : 'min-h-11 items-center gap-3 py-2 ps-3 pe-11',
      )}
    >
      <input
        type="radio"
        name={name}
        value={option.value}
        checked={checked}
        onChange={onChoose}
        disabled={option.disabled === true}
        aria-labelledby={`${id}-title`}
        {...(option.description === undefined ? {} : { 'aria-describedby': `${id}-description` })}
        {...(option.testId === undefined ? {} : { 'data-testid': option.testId })}
        className="absolute inset-0 cursor-pointer appearance-none rounded-control outline-none disabled:cursor-not-allowed"
      />
      {option.picture !== undefined && (
        <span aria-hidden="true" className={classNames('shrink-0', checked ? 'text-accent' : 'text-ink-faint')}>
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
          'absolute end-3.5 grid size-4.5 place-items-center rounded-full border bg-raised',
          checked ? 'border-accent-fill' : 'border-line-strong',
          shape === 'tall' ? 'top-4' : 'top-1/2 -translate-y-1/2',
        )}
      >
        {checked && <span className="size-2.5 rounded-full bg-accent-fill" />}
      </span>
    </div>
  );
}
