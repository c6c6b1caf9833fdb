import { Component, type ErrorInfo, type ReactNode } from 'react';
import { ErrorNotice } from './error-notice.tsx';
import { useUiWords } from './words.ts';

export interface ErrorBoundaryProps {
  children: ReactNode;
  /** What stands in place of the broken part; a notice with a retry by default. */
  fallback?: (error: Error, retry: () => void) => ReactNode;
  onError?: (error: Error, info: ErrorInfo) => void;
}

/** Keeps a fault while rendering to the part it happened in. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(thrown: unknown): { error: Error } {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    this.props.onError?.(error, info);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const retry = () => this.setState({ error: undefined });
    return this.props.fallback?.(error, retry) ?? <Broken error={error} onRetry={retry} />;
  }
}

function Broken({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const words = useUiWords();
  return <ErrorNotice title={words.broke} message={words.brokeHelp(error.message)} onRetry={onRetry} />;
}
