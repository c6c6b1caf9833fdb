import { Switch as Primitive } from 'radix-ui';
import { useId } from 'react';
import type { ToggleProps } from './checkbox.tsx';
import { classNames } from './class-names.ts';

/** On or off. The whole row is the target. */
export function Switch({ label, hint, checked, onCheckedChange, disabled = false, className, ...rest }: ToggleProps) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className={classNames('flex min-h-11 items-center justify-between gap-4', disabled && 'opacity-50', className)}
    >
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
      <Primitive.Root
        {...rest}
        id={id}
        checked={checked}
        onCheckedChange={onCheckedChange}
        disabled={disabled}
        aria-labelledby={`${id}-label`}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
        className={classNames(
          'relative h-7 w-12 shrink-0 rounded-full bg-line-strong transition-colors duration-100',
          'data-[state=checked]:bg-accent-fill',
        )}
      >
        <Primitive.Thumb
          className={classNames(
            'block size-5.5 translate-x-[3px] rounded-full bg-white rtl:-translate-x-[3px] transition-transform duration-100',
            'data-[state=checked]:translate-x-[23px] rtl:data-[state=checked]:-translate-x-[23px]',
          )}
        />
      </Primitive.Root>
    </label>
  );
}
