import { useCamera, useInvitation } from '@amphi/react';

/** Nobody is put on stage unasked: who is called chooses what is seen of them, and says yes or no. */
export function Invitation() {
  const { invitation, accept, decline } = useInvitation();
  const camera = useCamera();
  if (!invitation) return null;
  const answer = (send: () => Promise<void>) => (): void => {
    // The invitation may have been taken back meanwhile; then it is gone from the state as well.
    send().catch(() => {});
  };
  return (
    <dialog open aria-label="Invitation">
      <p>{invitation.requesterName || 'The host'} asks you on stage.</p>
      <button type="button" aria-pressed={camera.isCapturing} onClick={camera.toggle}>
        Camera
      </button>{' '}
      <button type="button" onClick={answer(accept)}>
        Go on stage
      </button>{' '}
      <button type="button" onClick={answer(decline)}>
        Not now
      </button>
    </dialog>
  );
}
