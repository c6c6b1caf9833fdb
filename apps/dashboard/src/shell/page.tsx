import { classNames, isolate } from '@amphi/ui';
import { type ReactNode, useEffect, useRef } from 'react';

export interface PageProps {
  /** Heading, and title of the document. */
  title: string;
  description?: ReactNode;
  /** Stands above the heading: where one is. */
  above?: ReactNode;
  actions?: ReactNode;
  narrow?: boolean;
  children: ReactNode;
}

/**
 * One page of the dashboard. Its heading takes the focus when the page opens, so that screen readers say where one is
 * and Tab goes on from there.
 */
export function Page({ title, description, above, actions, narrow = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${isolate(title)} · Amphi`;
  }, [title]);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={classNames('mx-auto flex w-full flex-col gap-6', narrow ? 'max-w-2xl' : 'max-w-5xl')}>
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <div className="flex min-w-0 flex-col gap-1.5">
          {above}
          <h1
            ref={heading}
            tabIndex={-1}
            className="text-2xl font-semibold tracking-[-0.02em] break-words sm:text-[1.75rem]"
          >
            <bdi>{title}</bdi>
          </h1>
          {description !== undefined && <div className="max-w-2xl text-[0.9375rem] text-ink-soft">{description}</div>}
        </div>
        {actions}
      </div>
      {children}
    </div>
  );
}
