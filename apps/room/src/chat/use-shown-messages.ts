import type { ChatMessage } from '@amphi/client';
import { useCallback, useState } from 'react';

/** More than fit into the tallest window; those before them are drawn once somebody looks for them. */
export const SHOWN_AT_END = 120;
/** As many more at a time. */
const STEP = 120;

/** From which message on they are drawn: a message's id, from the beginning (also of what comes in front), or the last ones. */
type ShownFrom = string | 'beginning' | undefined;

/**
 * Which messages are drawn. A row costs something with every change in the room, so that a long chat would slow down the page: at
 * the end they are the last `SHOWN_AT_END`; above it as many more as one has scrolled up for, and all that come.
 * @param isAtEnd whether one reads the end
 */
export function useShownMessages(
  messages: readonly ChatMessage[],
  isAtEnd: boolean,
): {
  readonly shown: readonly ChatMessage[];
  /** The message before the first shown one. */
  readonly before: ChatMessage | undefined;
  /** Shows more of them, for one who comes to the first. */
  readonly showEarlier: () => void;
} {
  const [shownFrom, setShownFrom] = useState<ShownFrom>();
  const from = firstShown(messages, isAtEnd ? undefined : shownFrom);
  // Kept from the moment when one leaves the end: what comes then takes nothing away above.
  const kept = isAtEnd ? undefined : placeOf(messages, from);
  if (kept !== shownFrom) setShownFrom(kept);
  const showEarlier = useCallback(() => setShownFrom(placeOf(messages, Math.max(from - STEP, 0))), [messages, from]);
  return { shown: from === 0 ? messages : messages.slice(from), before: messages[from - 1], showEarlier };
}

/** The number of the first message that is drawn. */
export function firstShown(messages: readonly ChatMessage[], shownFrom: ShownFrom): number {
  if (shownFrom === 'beginning') return 0;
  // It may be gone meanwhile.
  const known = messages.findIndex(({ id }) => id === shownFrom);
  return known >= 0 ? known : Math.max(messages.length - SHOWN_AT_END, 0);
}

function placeOf(messages: readonly ChatMessage[], from: number): ShownFrom {
  return from === 0 ? 'beginning' : messages[from]?.id;
}
