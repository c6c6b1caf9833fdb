import type { CaptionTrack, Player } from '@amphi/player';
import { useCallback, useEffect, useRef } from 'react';
import { readPreferences, rememberPreferences } from '../page/preferences.ts';

/** What a viewer does about captions. */
export interface CaptionChoice {
  /** @param track undefined: none are shown */
  readonly choose: (track: CaptionTrack | undefined) => void;
  /** Hides what is shown; shows what was shown last, else the first. Nothing where the stream has none. */
  readonly toggle: () => void;
}

/** Captions of the language that this browser had chosen are shown as soon as the stream has them. */
export function useCaptions(player: Player, captions: readonly CaptionTrack[]): CaptionChoice {
  const last = useRef<string>(undefined);
  useEffect(() => {
    const { captions: key } = readPreferences();
    const wanted = trackOf(captions, key);
    last.current ??= key;
    if (wanted && player.getSnapshot().chosenCaptions?.id !== wanted.id) player.chooseCaptions(wanted);
  }, [player, captions]);
  const choose = useCallback(
    (track: CaptionTrack | undefined) => {
      const key = track && keyOf(track);
      rememberPreferences({ captions: key });
      last.current = key ?? last.current;
      player.chooseCaptions(track);
    },
    [player],
  );
  const toggle = useCallback(() => {
    const { captions: offered, chosenCaptions } = player.getSnapshot();
    if (offered.length > 0) choose(chosenCaptions ? undefined : (trackOf(offered, last.current) ?? offered[0]));
  }, [player, choose]);
  return { choose, toggle };
}

function trackOf(captions: readonly CaptionTrack[], key: string | undefined): CaptionTrack | undefined {
  return key === undefined ? undefined : captions.find((track) => keyOf(track) === key);
}

/** What is the same of a language in all streams. */
function keyOf({ language, label }: CaptionTrack): string {
  return language ?? label;
}
