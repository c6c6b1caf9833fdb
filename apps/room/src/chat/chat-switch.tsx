import type { ChatRulesView } from '@amphi/react';
import { Button } from '@amphi/ui';
import { MessageCircleOff, MessageCirclePlus } from 'lucide-react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** Pauses the chat for everyone but moderators, and lets it go on. */
export function ChatSwitch({ rules }: { readonly rules: ChatRulesView }) {
  const words = useWords();
  const attempt = useAttempt();
  const { isOn, setOn } = rules;
  return (
    <Button
      size="sm"
      variant="quiet"
      aria-pressed={!isOn}
      icon={isOn ? <MessageCircleOff aria-hidden="true" /> : <MessageCirclePlus aria-hidden="true" />}
      onClick={() => attempt(words.failed.that, setOn(!isOn))}
      data-testid="chat-switch"
    >
      {isOn ? words.chat.pause : words.chat.resume}
    </Button>
  );
}
