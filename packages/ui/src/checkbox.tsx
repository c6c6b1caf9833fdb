import { Check } from 'lucide-react';
import { Checkbox as Primitive } from 'radix-ui';
import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';

export interface ToggleProps {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  disabled?: boolean;
  className?: string;
  'data-testid'?: string;
}

/** A yes or no that takes effect with the form. The whole row is the target. */
export function Checkbox({ label, hint, checked, onCheckedChange, disabled = false, className, ...rest }: ToggleProps) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className={classNames('flex min-h-11 items-start gap-3 py-2', disabled && 'opacity-50', className)}
    >
      <Primitive.Root
        {...rest}
        id={id}
        checked={checked}
        onCheckedChange={(state) => onCheckedChange(state === true)}
        disabled={disabled}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
        aria-labelledby={`${id}-label`}
        className={classNames(
          'mt-0.5 grid size-5.5 shrink-0 place-items-center rounded-md border border-line-strong bg-raised text-on-accent',
          'data-[state=checked]:border-accent-fill data-[state=checked]:bg-accent-fill',
        )}
      >
        <Primitive.Indicator>
          <Check className="size-4" strokeWidth={3} aria-hidden="true" />
        </Primitive.Indicator>
      </Primitive.Root>
      <span className="flex flex-col gap-0.5">
        <span id={`${id}-label`} className="text-[0.9375rem] font-medium text-ink">
          {label}
        </span>
        {hint !== undefined && (
          <span id={`${id}-hint`} className="text-sm text-ink-faint">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}
