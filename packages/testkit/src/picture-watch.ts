import { inPage } from './in-page.ts';

export interface PictureWatch {
  /** Longest time without a picture of somebody else since `reset`, in ms of the page's animation frames. */
  longestDarkMs: number;
  /** Animation frames looked at since `reset`. */
  frames: number;
  /** `Date.now()` of the first frame of a video that was not there at `reset`. */
  newPictureAt: number | undefined;
  /** What was there whenever it changed, for messages of failed tests. */
  story: string[];
  reset(): void;
}

declare global {
  interface Window {
    amphiPicture: PictureWatch;
  }
}

/**
 * Init script that looks at each animation frame whether `main` shows a picture of somebody else: a video that has one, or
 * the still that stands for it during a move between stage and stream. Gives the page `window.amphiPicture`.
 */
export function pictureWatchScript(): string {
  return inPage(installPictureWatch);
}

function installPictureWatch(): void {
  const others = (): HTMLVideoElement[] =>
    [...document.querySelectorAll<HTMLVideoElement>('main video')].filter((video) => !('ownVideo' in video.dataset));
  const known = new WeakSet<HTMLVideoElement>();
  /** An element that has presented a frame goes on showing one, also while it waits for more. */
  const presented = new WeakSet<HTMLVideoElement>();
  let fresh = new WeakSet<HTMLVideoElement>();
  let last = '';
  let darkSince: number | undefined;
  const watch: PictureWatch = {
    longestDarkMs: 0,
    frames: 0,
    newPictureAt: undefined,
    story: [],
    reset: () => {
      fresh = new WeakSet();
      darkSince = undefined;
      Object.assign(watch, { longestDarkMs: 0, frames: 0, newPictureAt: undefined, story: [] });
    },
  };
  window.amphiPicture = watch;
  const meet = (video: HTMLVideoElement): void => {
    if (known.has(video)) return;
    known.add(video);
    fresh.add(video);
    video.requestVideoFrameCallback(() => {
      presented.add(video);
      if (fresh.has(video)) watch.newPictureAt ??= Date.now();
    });
  };
  const look = (): void => {
    requestAnimationFrame(look);
    watch.frames++;
    const videos = others();
    for (const video of videos) meet(video);
    const hasStill = document.querySelector('main [data-testid=handover-still]') !== null;
    const pictures = videos.filter((video) => presented.has(video)).length;
    const now = performance.now();
    const line = `${hasStill ? 'still, ' : ''}${pictures} of ${videos.length} videos`;
    if (line !== last && watch.story.length < 100) watch.story.push(`${Math.round(now)} ms: ${line}`);
    last = line;
    if (hasStill || pictures > 0) darkSince = undefined;
    else {
      darkSince ??= now;
      watch.longestDarkMs = Math.max(watch.longestDarkMs, now - darkSince);
    }
  };
  requestAnimationFrame(look);
}
