import type { VideoSink } from '../environment.ts';

const IN_AND_OUT = ['enterpictureinpicture', 'leavepictureinpicture'] as const;

/** Shows a track in a video element and tells how much of the element can be seen. */
export function browserVideoSink(element: HTMLVideoElement): VideoSink {
  return {
    show: (track) => showTrack(element, track),
    watch(listener) {
      // Of its own window: a page can have a small one, which is seen while the page is not.
      const home = element.ownerDocument;
      const { ResizeObserver, IntersectionObserver } = home.defaultView ?? window;
      let isIntersecting = true;
      const tell = (): void => {
        const ratio = home.defaultView?.devicePixelRatio || 1;
        const { clientWidth, clientHeight } = element;
        const isOut = home.pictureInPictureElement === element;
        const isVisible = isOut || (isIntersecting && home.visibilityState === 'visible');
        listener({ isVisible, width: clientWidth * ratio, height: clientHeight * ratio });
      };
      const resize = new ResizeObserver(tell);
      const intersection = new IntersectionObserver((entries) => {
        isIntersecting = entries.at(-1)?.isIntersecting ?? false;
        tell();
      });
      resize.observe(element);
      intersection.observe(element);
      home.addEventListener('visibilitychange', tell);
      for (const name of IN_AND_OUT) element.addEventListener(name, tell);
      tell();
      return () => {
        resize.disconnect();
        intersection.disconnect();
        home.removeEventListener('visibilitychange', tell);
        for (const name of IN_AND_OUT) element.removeEventListener(name, tell);
      };
    },
  };
}

/** Elements that show a track. They are never paused by us: what is paused was so by the system. */
const showing = new Set<HTMLVideoElement>();

function playPaused(): void {
  if (document.visibilityState !== 'visible') return;
  for (const element of showing) if (element.paused) play(element);
}

/**
 * Shows a local track, without asking anyone for it. The element needs `autoplay`, `playsinline` and `muted`. While it
 * shows one, it is played again on return to the page when the system has paused it.
 */
export function showTrack(element: HTMLVideoElement, track: MediaStreamTrack | undefined): void {
  const present = element.srcObject instanceof MediaStream ? element.srcObject.getTracks()[0] : undefined;
  if (present === track) return;
  element.srcObject = track ? new MediaStream([track]) : null;
  if (track) {
    if (showing.size === 0) document.addEventListener('visibilitychange', playPaused);
    showing.add(element);
    play(element);
  } else {
    showing.delete(element);
    if (showing.size === 0) document.removeEventListener('visibilitychange', playPaused);
  }
}

/** Muted video may always start; a refusal only means that the element is going away. */
function play(element: HTMLVideoElement): void {
  void element.play().catch(() => {});
}
