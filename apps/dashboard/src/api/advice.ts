import { RequestFailure } from './request.ts';

/** A failure in words for a person: what happened, and what to do. */
export interface Advice {
  readonly message: string;
  readonly details: readonly string[];
  /** Whether doing the same again may help. */
  readonly retryable: boolean;
}

/** Explains what a call threw. */
export function adviceFor(error: unknown): Advice {
  if (!(error instanceof RequestFailure)) {
    return { message: `A fault of this page: ${messageOf(error)}. Reload it.`, details: [], retryable: false };
  }
  if (error.kind === 'unreachable') {
    return {
      message: 'The server did not answer. Check that Amphi is running and that this device is online, then try again.',
      details: [],
      retryable: true,
    };
  }
  if (error.kind === 'malformed') {
    return {
      message: `${error.message} Reload the page: the server may have been updated meanwhile.`,
      details: [],
      retryable: true,
    };
  }
  return {
    message: `${sentence(error.message)}${remedies(error.status)}`,
    details: error.details.filter((detail) => !error.message.includes(detail)),
    retryable: error.status === 429 || error.status >= 500,
  };
}

function remedies(status: number): string {
  if (status === 401) return ' You are signed out: sign in again.';
  if (status === 429) return ' Wait a minute, then try again.';
  if (status >= 500) return ' It is a fault of the server: try again, and look into its log if it stays.';
  return '';
}

/** With a capital and a full stop, as the rest of the page. */
function sentence(text: string): string {
  const capital = text.charAt(0).toLocaleUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
