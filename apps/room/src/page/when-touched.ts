/** What a browser may take for a person at the page (User Activation, HTML Living Standard). */
const TOUCHES = ['pointerdown', 'pointerup', 'keydown'] as const;

/**
 * Runs it once a person has clicked, touched or typed on this page: at once where that was before, or where the browser does
 * not tell.
 * @returns to be called when it is not wanted any more
 */
export function whenTouched(run: () => void): () => void {
  const isTouched = (): boolean => navigator.userActivation?.hasBeenActive ?? true;
  if (isTouched()) {
    run();
    return () => {};
  }
  const listening = new AbortController();
  const look = (): void => {
    if (!isTouched()) return;
    listening.abort();
    run();
  };
  for (const touch of TOUCHES) window.addEventListener(touch, look, { capture: true, signal: listening.signal });
  return () => listening.abort();
}
