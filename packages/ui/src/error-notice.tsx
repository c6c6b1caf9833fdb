import { CircleAlert, RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { useUiWords } from './words.ts';

export interface ErrorNoticeProps {
  /** What did not work. */
  title: string;
  /** Why, and what to do. */
  message?: ReactNode;
  /** One line each, as the server sent them. */
  details?: readonly string[];
  onRetry?: (() => void) | undefined;
  retryLabel?: string;
  className?: string;
  'data-testid'?: string;
}

/** Tells in place what failed and what to do about it. Announced when it appears. */
export function ErrorNotice({
  title,
  message,
  details = [],
  onRetry,
  retryLabel,
  className,
  ...rest
}: ErrorNoticeProps) {
  const words = useUiWords();
  return (
    <div
      {...rest}
      role="alert"
      className={classNames('flex gap-3 rounded-control bg-danger-wash px-4 py-3 text-[0.9375rem] text-ink', className)}
    >
      <CircleAlert className="mt-0.5 size-5 shrink-0 text-danger" aria-hidden="true" />
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <p className="font-medium">{title}</p>
        {message !== undefined && <p className="break-words text-ink-soft">{message}</p>}
        {details.length > 0 && (
          <ul className="list-disc ps-5 text-sm break-words text-ink-soft">
            {details.map((detail) => (
              <li key={detail}>{detail}</li>
            ))}
          </ul>
        )}
        {onRetry !== undefined && (
          <Button size="sm" icon={<RotateCcw />} onClick={onRetry} className="mt-1.5 self-start">
            {retryLabel ?? words.tryAgain}
          </Button>
        )}
      </div>
    </div>
  );
}
