import type { ReactNode } from 'react';
import { RoomLogo } from '../look/room-logo.tsx';

/** A calm page with one message: before there is a room, and after it. */
export function MessageScreen({
  title,
  children,
  actions,
  further,
  testId,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** Below everything else. */
  readonly further?: ReactNode;
  readonly testId?: string;
}) {
  return (
    <main
      className="flex min-h-dvh flex-col items-center justify-center gap-8 bg-page px-6 py-10 text-center"
      data-testid={testId}
    >
      <RoomLogo />
      <div className="flex max-w-md flex-col items-center gap-3">
        <h1 className="text-2xl font-semibold tracking-[-0.02em] text-balance text-ink" tabIndex={-1}>
          {title}
        </h1>
        {children !== undefined && (
          <p dir="auto" className="text-pretty text-ink-soft">
            {children}
          </p>
        )}
      </div>
      {actions !== undefined && <div className="flex flex-col gap-2 empty:hidden sm:flex-row">{actions}</div>}
      {further}
    </main>
  );
}
