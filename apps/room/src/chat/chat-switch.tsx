import type { ChatRulesView } from '@amphi/react';
import { Button } from '@amphi/ui';
import { MessageCircleOff, MessageCirclePlus } from 'lucide-react';
import { useAttempt } from '../page/use-attempt.ts';

/** Pauses the chat for everyone but moderators, and lets it go on. */
export function ChatSwitch({ rules }: { readonly rules: ChatRulesView }) {
  const attempt = useAttempt();
  const { isOn, setOn } = rules;
  return (
    <Button
      size="sm"
      variant="quiet"
      aria-pressed={!isOn}
      icon={isOn ? <MessageCircleOff aria-hidden="true" /> : <MessageCirclePlus aria-hidden="true" />}
      onClick={() => attempt('That did not work', setOn(!isOn))}
      data-testid="chat-switch"
    >
      {isOn ? 'Pause chat' : 'Resume chat'}
    </Button>
  );
}
