/** Attribute of videos that show one's own camera. */
export const OWN_VIDEO = 'ownVideo';

/**
 * Calls `run` once, when a video in `root` presents its first frame, now or after it came; one's own camera does not count.
 * @returns stops watching
 */
export function onFirstPicture(root: HTMLElement, run: () => void): () => void {
  const watched = new Set<HTMLVideoElement>();
  const stops: (() => void)[] = [];
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    for (const each of stops) each();
  };
  const found = (): void => {
    if (isOver) return;
    stop();
    run();
  };
  const look = (): void => {
    for (const video of root.querySelectorAll('video')) {
      if (watched.has(video) || OWN_VIDEO in video.dataset) continue;
      watched.add(video);
      stops.push(onFrame(video, found));
    }
  };
  const observer = new MutationObserver(look);
  observer.observe(root, { childList: true, subtree: true });
  stops.push(() => observer.disconnect());
  look();
  return stop;
}

function onFrame(video: HTMLVideoElement, run: () => void): () => void {
  // Firefox before 132 has no frame callbacks.
  if (typeof video.requestVideoFrameCallback !== 'function') {
    video.addEventListener('timeupdate', run);
    return () => video.removeEventListener('timeupdate', run);
  }
  const handle = video.requestVideoFrameCallback(run);
  return () => video.cancelVideoFrameCallback(handle);
}
