import type { Millis } from '@amphi/base';
import type { StreamTrouble } from '@amphi/protocol';

/** The composing process has a dozen kinds; more than this would be somebody's invention. */
const MAX_KINDS = 20;

/** The list with one trouble more: once for each kind, with how often and when last. The same list when it is full of others. */
export function withTrouble(troubles: readonly StreamTrouble[], code: string, at: Millis): readonly StreamTrouble[] {
  const known = troubles.find((trouble) => trouble.code === code);
  const last = new Date(at).toISOString();
  if (known) {
    return troubles.map((trouble) => (trouble === known ? { code, count: known.count + 1, at: last } : trouble));
  }
  return troubles.length === MAX_KINDS ? troubles : [...troubles, { code, count: 1, at: last }];
}
