import { Slot } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Spinner } from './spinner.tsx';

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger' | 'live';
export type ButtonSize = 'sm' | 'md' | 'lg';

const variants: Record<ButtonVariant, string> = {
  primary: 'bg-accent-fill text-on-accent hover:bg-accent-fill-hover',
  secondary: 'border border-line-strong bg-raised text-ink hover:bg-sunken',
  quiet: 'text-ink-soft hover:bg-sunken hover:text-ink',
  danger: 'bg-danger-fill text-on-danger hover:bg-danger-fill-hover',
  live: 'bg-live-fill text-on-live hover:brightness-90',
};

/** `sm` is 36 px high with a mouse and 44 px with a finger. */
const sizes: Record<ButtonSize, string> = {
  sm: 'min-h-9 px-3 text-sm pointer-coarse:min-h-11',
  md: 'min-h-11 px-4 text-[0.9375rem]',
  lg: 'min-h-12 px-6 text-base',
};

export interface ButtonProps extends ComponentProps<'button'> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: ReactNode;
  iconEnd?: ReactNode;
  /** Work is under way: a spinner replaces the icon and clicks are ignored, but focus stays. */
  busy?: boolean;
  /** Gives looks to the single child element (a link) instead of rendering a button. */
  asChild?: boolean;
}

/** A button; `type="button"` unless told otherwise. */
export function Button({
  variant = 'secondary',
  size = 'md',
  icon,
  iconEnd,
  busy = false,
  asChild = false,
  className,
  children,
  onClick,
  type,
  ...rest
}: ButtonProps) {
  const Root = asChild ? Slot.Root : 'button';
  return (
    <Root
      {...rest}
      {...(asChild ? {} : { type: busy ? 'button' : (type ?? 'button') })}
      {...(busy ? { 'aria-busy': true, 'aria-disabled': true } : {})}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={classNames(
        'inline-flex items-center justify-center gap-2 rounded-control font-medium whitespace-nowrap select-none',
        'transition-[background-color,filter,color] duration-100',
        'disabled:cursor-not-allowed disabled:opacity-45 aria-disabled:cursor-default',
        '[&_svg]:size-[1.125em] [&_svg]:shrink-0',
        variants[variant],
        sizes[size],
        className,
      )}
    >
      {busy ? <Spinner /> : icon}
      <Slot.Slottable>{children}</Slot.Slottable>
      {iconEnd}
    </Root>
  );
}
