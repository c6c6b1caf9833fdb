import type { VideoSink } from '../environment.ts';

/** Shows a track in a video element and tells how much of the element can be seen. */
export function browserVideoSink(element: HTMLVideoElement): VideoSink {
  return {
    show: (track) => showTrack(element, track),
    watch(listener) {
      let isIntersecting = true;
      const tell = (): void => {
        const ratio = window.devicePixelRatio || 1;
        const { clientWidth, clientHeight } = element;
        const isVisible = isIntersecting && document.visibilityState === 'visible';
        listener({ isVisible, width: clientWidth * ratio, height: clientHeight * ratio });
      };
      const resize = new ResizeObserver(tell);
      const intersection = new IntersectionObserver((entries) => {
        isIntersecting = entries.at(-1)?.isIntersecting ?? false;
        tell();
      });
      resize.observe(element);
      intersection.observe(element);
      document.addEventListener('visibilitychange', tell);
      tell();
      return () => {
        resize.disconnect();
        intersection.disconnect();
        document.removeEventListener('visibilitychange', tell);
      };
    },
  };
}

/**
 * Shows a local track, without asking anyone for it. The element needs `autoplay`, `playsinline` and `muted`.
 */
export function showTrack(element: HTMLVideoElement, track: MediaStreamTrack | undefined): void {
  const present = element.srcObject instanceof MediaStream ? element.srcObject.getTracks()[0] : undefined;
  if (present === track) return;
  element.srcObject = track ? new MediaStream([track]) : null;
  // Muted video may always start; a refusal only means that the element is going away.
  if (track) void element.play().catch(() => {});
}
