import { useSessionState } from '@amphi/react';
import { useEffect, useState } from 'react';

/** Messages of others that came since the chat was last open; not what was said before we came. */
export function useUnread(isOpen: boolean): number {
  const messages = useSessionState((state) => state.messages);
  const [readAt, setReadAt] = useState(0);
  const last = messages.at(-1)?.sentAt ?? 0;
  useEffect(() => {
    if (isOpen) setReadAt(last);
  }, [isOpen, last]);
  return isOpen
    ? 0
    : messages.filter(({ sentAt, sender, isEarlier }) => sentAt > readAt && !sender.isSelf && !isEarlier).length;
}
