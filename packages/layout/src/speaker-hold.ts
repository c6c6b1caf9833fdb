/** One who speaks, as loud as 1–100 (client protocol, `active-speakers`). */
export interface SpeakerLevel {
  readonly id: string;
  readonly level: number;
}

/** Who is in front, and who is about to be. Times are in milliseconds of any one clock. */
export interface SpeakerHold {
  readonly activeId: string | undefined;
  /** Since when. */
  readonly since: number;
  /** Who has been clearly louder without a break, since this time. */
  readonly rival: { readonly id: string; readonly since: number } | undefined;
}

/** So long somebody stays in front at least. */
export const HOLD_MS = 2_000;
/** So long a rival has to be clearly louder: three reports, as they come each 600 ms. A cough is in one. */
export const LOUDER_FOR_MS = 1_200;
/** Clearly louder: by so much, of 100; about 6.5 dB. */
export const LEAD = 10;

export const NOBODY_SPEAKS: SpeakerHold = { activeId: undefined, since: 0, rival: undefined };

/**
 * Who is in front after a report of loudness. One who speaks comes to the front at once when nobody is there; else after having been clearly
 * louder than the one in front for a while, and not before that one was there for `HOLD_MS`. Silence changes nothing, so
 * a pause between sentences does not either. Pure.
 * @param speaking who speaks now; whoever is not in it is silent
 * @param isHere whether somebody can still be in front
 */
export function speakerAfter(
  hold: SpeakerHold,
  speaking: readonly SpeakerLevel[],
  now: number,
  isHere: (id: string) => boolean,
): SpeakerHold {
  const heard = speaking.filter((speaker) => isHere(speaker.id));
  const loudest = heard.reduce<SpeakerLevel | undefined>(
    (most, speaker) => (most && most.level >= speaker.level ? most : speaker),
    undefined,
  );
  const activeId = hold.activeId !== undefined && isHere(hold.activeId) ? hold.activeId : undefined;
  if (activeId === undefined) return { activeId: loudest?.id, since: now, rival: undefined };

  const enough = (heard.find((speaker) => speaker.id === activeId)?.level ?? 0) + LEAD;
  const isClear = (id: string): boolean =>
    id !== activeId && heard.some((speaker) => speaker.id === id && speaker.level >= enough);
  if (loudest === undefined || !isClear(loudest.id)) return { ...hold, rival: undefined };
  // A third one who is louder for a moment does not make the rival begin anew.
  const rival = hold.rival && isClear(hold.rival.id) ? hold.rival : { id: loudest.id, since: now };
  if (now - rival.since < LOUDER_FOR_MS || now - hold.since < HOLD_MS) return { ...hold, rival };
  return { activeId: rival.id, since: now, rival: undefined };
}
