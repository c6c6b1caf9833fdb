import { createPlayer, type Player, type PlayerSnapshot } from '@amphi/player';
import { useEffect, useState } from 'react';
import { usePlayerSnapshot } from './use-player-snapshot.ts';

/** A player on this element for as long as the element lives, playing `url`, and what it says of itself. */
export function usePlayer(
  video: HTMLVideoElement | null,
  url: string | undefined,
  streamKey: string,
): { readonly player: Player | undefined; readonly snapshot: PlayerSnapshot | undefined } {
  const [player, setPlayer] = useState<Player>();
  useEffect(() => {
    if (!video) return;
    const made = createPlayer(video, { whenAutoplayBlocked: 'mute', keepLive: true });
    setPlayer(made);
    return () => {
      setPlayer(undefined);
      made.close();
    };
  }, [video]);
  // The key stands for the stream: the same address may be another one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: streamKey is what a new load depends on
  useEffect(() => {
    if (player && url !== undefined) player.load(url);
  }, [player, url, streamKey]);
  return { player, snapshot: usePlayerSnapshot(player) };
}
