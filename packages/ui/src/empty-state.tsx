import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface EmptyStateProps {
  title: string;
  description?: ReactNode;
  icon?: ReactNode;
  /** How to change that there is nothing here. */
  action?: ReactNode;
  className?: string;
}

/** What stands where there is nothing yet: why, and what to do. */
export function EmptyState({ title, description, icon, action, className }: EmptyStateProps) {
  return (
    <div className={classNames('flex flex-col items-center gap-2 px-4 py-10 text-center', className)}>
      {icon !== undefined && (
        <span aria-hidden="true" className="mb-2 text-ink-faint [&_svg]:size-10">
          {icon}
        </span>
      )}
      <p className="text-base font-semibold text-ink">{title}</p>
      {description !== undefined && <p className="max-w-sm text-[0.9375rem] text-ink-soft">{description}</p>}
      {action !== undefined && <div className="mt-4">{action}</div>}
    </div>
  );
}
