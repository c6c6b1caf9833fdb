import { isCapturing } from '@amphi/client';
import { useRole, useSession } from '@amphi/react';
import { useEffect } from 'react';

/** Ctrl or ⌘ with D: microphone; with E: camera. For those who publish. */
export function useDeviceKeys(): void {
  const session = useSession();
  const { role } = useRole();
  useEffect(() => {
    const allowed = role?.publishParams.allowed ?? [];
    const handle = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.repeat) return;
      const key = event.key.toLowerCase();
      if (key === 'd' && allowed.includes('audio')) {
        event.preventDefault();
        void session.setMicrophone(!isCapturing(session.state.microphone));
      } else if (key === 'e' && allowed.includes('video')) {
        event.preventDefault();
        void session.setCamera(!isCapturing(session.state.camera));
      }
    };
    window.addEventListener('keydown', handle);
    return () => window.removeEventListener('keydown', handle);
  }, [session, role]);
}
