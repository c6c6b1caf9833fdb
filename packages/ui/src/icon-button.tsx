import type { ComponentProps, ReactNode } from 'react';
import type { ButtonVariant } from './button.tsx';
import { classNames } from './class-names.ts';
import { Tooltip } from './tooltip.tsx';

const variants: Record<ButtonVariant, string> = {
  primary: 'bg-accent-fill text-on-accent hover:bg-accent-fill-hover',
  secondary: 'border border-line bg-raised text-ink hover:bg-sunken',
  quiet: 'text-ink-soft hover:bg-sunken hover:text-ink',
  danger: 'bg-danger-fill text-on-danger hover:bg-danger-fill-hover',
  live: 'bg-live-fill text-on-live hover:brightness-90',
};

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label' | 'children'> {
  /** What the button does, in words: its accessible name and its tooltip. */
  label: string;
  icon: ReactNode;
  variant?: ButtonVariant;
  size?: 'sm' | 'md' | 'lg';
  /** For a toggle: whether it is on. The label then names the thing, not the action. */
  pressed?: boolean;
  /** False where words already stand beside it. */
  tooltip?: boolean;
}

/** A round button with only an icon; at least 44 px for fingers. */
export function IconButton({
  label,
  icon,
  variant = 'quiet',
  size = 'md',
  pressed,
  tooltip = true,
  className,
  type = 'button',
  ...rest
}: IconButtonProps) {
  const button = (
    <button
      {...rest}
      type={type}
      aria-label={label}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      className={classNames(
        'inline-grid shrink-0 place-items-center rounded-full transition-[background-color,filter,color] duration-100',
        'disabled:cursor-not-allowed disabled:opacity-45',
        '[&_svg]:size-5',
        variants[variant],
        size === 'sm' && 'size-9 pointer-coarse:size-11',
        size === 'md' && 'size-11',
        size === 'lg' && 'size-13 [&_svg]:size-6',
        className,
      )}
    >
      {icon}
    </button>
  );
  return tooltip ? <Tooltip content={label}>{button}</Tooltip> : button;
}
