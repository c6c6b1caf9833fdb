import { type ComponentProps, type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';

export interface CardProps extends Omit<ComponentProps<'section'>, 'title'> {
  /** Names the section for screen readers, too. */
  title?: ReactNode;
  description?: ReactNode;
  /** Stands at the end of the title's row. */
  actions?: ReactNode;
}

/** A surface with a purpose of its own. */
export function Card({ title, description, actions, className, children, ...rest }: CardProps) {
  const id = useId();
  return (
    <section
      {...rest}
      {...(title === undefined ? {} : { 'aria-labelledby': id })}
      className={classNames('rounded-card border border-line bg-card p-5 sm:p-6', className)}
    >
      {title !== undefined && (
        <div className="mb-5 flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
          <div className="flex min-w-0 flex-col gap-1">
            <h2 id={id} className="text-lg font-semibold tracking-[-0.01em] text-ink">
              {title}
            </h2>
            {description !== undefined && <p className="max-w-2xl text-[0.9375rem] text-ink-soft">{description}</p>}
          </div>
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}
