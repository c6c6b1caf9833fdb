import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';
import { useFieldControl } from './field.tsx';
import { inputFrame } from './text-input.tsx';

export interface SelectOption<Value extends string = string> {
  readonly value: Value;
  readonly label: string;
  readonly disabled?: boolean;
}

export interface SelectProps<Value extends string> extends Omit<ComponentProps<'select'>, 'value' | 'children'> {
  value: Value;
  options: readonly SelectOption<Value>[];
  onValueChange: (value: Value) => void;
}

/** The browser's own select in our frame: phones show their native picker, and every keyboard way works. */
export function Select<Value extends string>({
  value,
  options,
  onValueChange,
  className,
  ...rest
}: SelectProps<Value>) {
  const control = useFieldControl();
  return (
    <div className={classNames(inputFrame, 'relative', className)}>
      <select
        {...control}
        {...rest}
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value);
          if (chosen !== undefined) onValueChange(chosen.value);
        }}
        className="w-full cursor-pointer appearance-none truncate rounded-control bg-transparent py-2 ps-3 pe-10 text-base outline-none sm:text-[0.9375rem]"
      >
        {options.map((option) => (
          <option
            key={option.value}
            value={option.value}
            disabled={option.disabled === true}
            className="bg-raised text-ink"
          >
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown className="pointer-events-none absolute end-3 top-3 size-5 text-ink-faint" aria-hidden="true" />
    </div>
  );
}
