import { useAudioPlayback } from '@amphi/react';
import { Button } from '@amphi/ui';
import { Volume2 } from 'lucide-react';
import { useWords } from '../words/speaking.tsx';

/** The browser plays no sound before a click: here is one. */
export function AudioPrompt() {
  const words = useWords();
  const { isBlocked, unblock } = useAudioPlayback();
  if (!isBlocked) return null;
  return (
    <div className="pointer-events-none fixed inset-x-0 top-20 z-30 flex justify-center px-4">
      <Button
        variant="primary"
        size="lg"
        icon={<Volume2 />}
        onClick={() => void unblock()}
        className="pointer-events-auto shadow-raised"
        data-testid="unblock-audio"
      >
        {words.room.soundOn}
      </Button>
    </div>
  );
}
