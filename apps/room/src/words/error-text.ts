import { ClientError, type ClientErrorCode } from '@amphi/client';
import type { PublicErrorCode } from '@amphi/protocol';
import { SOURCE } from './languages.ts';
import type { Words } from './words.ts';

/** Why something did not work, as far as the SDK or the server has told. */
export interface Failure {
  readonly code: ClientErrorCode;
  readonly serverCode: number | undefined;
  /** In English. */
  readonly message: string;
}

/** Why something did not work, to a person. */
export function errorText(words: Words, error: unknown): string {
  if (error instanceof ClientError) return failureText(words, error);
  return error instanceof Error ? error.message : String(error);
}

/**
 * The reason in the language of the page. In English the message itself, which says more than its code; in others what the
 * code means, and the English only where it means nothing to us.
 */
export function failureText(words: Words, { code, serverCode, message }: Failure): string {
  if (words.language === SOURCE) return sentence(message) || words.noReason;
  const known = code === 'refused' ? refusalText(words, serverCode) : words.errors[code];
  return known ?? (sentence(message) || words.noReason);
}

function refusalText({ refusals }: Words, code: number | undefined): string | undefined {
  // Each code of the protocol has its words, or this does not compile.
  const known: Readonly<Record<PublicErrorCode, string>> = refusals;
  return code !== undefined && Object.hasOwn(known, code) ? known[code as PublicErrorCode] : undefined;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return '';
  return `${trimmed.charAt(0).toLocaleUpperCase()}${trimmed.slice(1)}${/[.!?…]$/.test(trimmed) ? '' : '.'}`;
}
