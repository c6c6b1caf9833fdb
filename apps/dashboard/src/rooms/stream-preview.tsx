import { createPlayer } from '@amphi/player';
import { useEffect, useRef } from 'react';

/** What the audience of the stream sees, without sound until it is asked for. */
export default function StreamPreview({ url, streamId }: { url: string; streamId: string }) {
  const video = useRef<HTMLVideoElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: under the same address there may be another stream
  useEffect(() => {
    if (video.current === null) return;
    const player = createPlayer(video.current, { url, keepLive: true, whenAutoplayBlocked: 'mute' });
    player.setMuted(true);
    return () => player.close();
  }, [url, streamId]);
  return (
    <video
      ref={video}
      controls
      playsInline
      muted
      aria-label="The stream as its audience sees it"
      className="max-h-[28rem] w-full rounded-control bg-black"
      data-testid="stream-preview"
    />
  );
}
