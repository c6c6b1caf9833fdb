/**
 * Who shares the budgets of a crowd: all who come by one room code from one address. Whoever has a code has as many tokens
 * as they ask for, so what is bounded by token is bounded here once more, at the size of a school that opens one link.
 * Tokens that a back end made have no crowd: how many there are is its own affair.
 * @param from whom the address counts for (`addressKey`)
 */
export function crowdOf(codeId: string, from: string): string {
  return `${codeId} ${from}`;
}
