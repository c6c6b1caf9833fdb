import { useChatRules } from '@amphi/react';
import { isolate, useToaster } from '@amphi/ui';
import { useEffect, useRef } from 'react';
import { useWords } from '../words/speaking.tsx';

/** What is older was so when we came; the clock is that of who did it. */
const NEWS_MS = 15_000;

/** Says that somebody else has paused the chat, or lets it go on; not how it was when we came. */
export function useChatToasts(): void {
  const words = useWords();
  const toaster = useToaster();
  const { isOn, changedBy } = useChatRules();
  const before = useRef<boolean>(undefined);
  const isNews = changedBy !== undefined && !changedBy.isSelf && Math.abs(Date.now() - changedBy.at) < NEWS_MS;
  const by = isNews ? changedBy.name : undefined;
  useEffect(() => {
    const wasOn = before.current;
    before.current = isOn;
    if (wasOn === undefined || wasOn === isOn || by === undefined) return;
    const name = by ? isolate(by) : words.theHost;
    toaster.show({ id: 'chat-rule', title: isOn ? words.chat.somebodyResumed(name) : words.chat.somebodyPaused(name) });
  }, [isOn, by, toaster, words]);
}
