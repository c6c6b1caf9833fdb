import { createPlayer } from '@amphi/player';
import { useLiveStream } from '@amphi/react';
import { useEffect, useState } from 'react';

/** The composed stream, as everybody sees it who is not in the room by WebRTC. */
export function StreamPlayer() {
  const { url, status } = useLiveStream();
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  useEffect(() => {
    if (!video || url === undefined) return;
    const player = createPlayer(video, { url, keepLive: true, whenAutoplayBlocked: 'mute' });
    return () => player.close();
  }, [video, url]);
  return (
    <figure>
      {/* biome-ignore lint/a11y/useMediaCaption: captions come inside the stream, where it has them */}
      <video ref={setVideo} playsInline />
      {status !== 'live' && <figcaption>{status === 'ended' ? 'The stream is over.' : 'It begins soon.'}</figcaption>}
    </figure>
  );
}
