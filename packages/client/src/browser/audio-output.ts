import { Emitter } from '@amphi/base';
import type { AudioOutput } from '../environment.ts';

/** One audio element per track: the browser's echo canceller needs to hear what is played, which rules out mixing. */
export function browserAudioOutput(): AudioOutput {
  const elements = new Map<string, HTMLAudioElement>();
  const blocked = new Set<string>();
  const events = new Emitter<{ blocked: boolean }>();

  const setBlocked = (trackId: string, isBlocked: boolean): void => {
    const before = blocked.size > 0;
    if (isBlocked) blocked.add(trackId);
    else blocked.delete(trackId);
    if (blocked.size > 0 !== before) events.emit('blocked', blocked.size > 0);
  };

  const start = async (trackId: string, element: HTMLAudioElement): Promise<void> => {
    try {
      await element.play();
      setBlocked(trackId, false);
    } catch (error) {
      // Anything else, such as an element taken away meanwhile, needs nobody's gesture.
      if (error instanceof DOMException && error.name === 'NotAllowedError' && elements.get(trackId) === element) {
        setBlocked(trackId, true);
      }
    }
  };

  return {
    play(trackId, track) {
      const present = elements.get(trackId);
      if (present?.srcObject instanceof MediaStream && present.srcObject.getTracks()[0] === track) return;
      const element = present ?? document.body.appendChild(new Audio());
      elements.set(trackId, element);
      element.srcObject = new MediaStream([track]);
      void start(trackId, element);
    },
    stop(trackId) {
      const element = elements.get(trackId);
      elements.delete(trackId);
      setBlocked(trackId, false);
      if (element) element.srcObject = null;
      element?.remove();
    },
    onBlocked: (listener) => events.on('blocked', listener),
    async unblock() {
      await Promise.all([...elements].map(([trackId, element]) => start(trackId, element)));
    },
  };
}
