import type { TokenKeeper } from '@amphi/client';
import { type Background, backgroundOf } from '../effects/backgrounds.ts';
import { type Language, languageOf } from '../words/languages.ts';

/** What this browser remembers between visits. */
export interface Preferences {
  readonly name: string;
  readonly microphoneOn: boolean;
  readonly cameraOn: boolean;
  readonly microphoneId: string | undefined;
  readonly cameraId: string | undefined;
  readonly speakerId: string | undefined;
  readonly stageView: StageView;
  /** On stage and in the webinar audience, nobody's video is received. */
  readonly isAudioOnly: boolean;
  /** Behind the person, in what others see. */
  readonly background: Background;
  /** Others get the voice without the noise around it. */
  readonly suppressesNoise: boolean;
  /** Language of the captions that are shown where a stream has them; undefined: none. */
  readonly captions: string | undefined;
  /** Chosen by the person; undefined: as the browser. */
  readonly language: Language | undefined;
}

const STAGE_VIEWS = ['grid', 'speaker', 'sidebar'] as const;
/** How one sees the stage: all alike, or who speaks large with a few, or with everybody, beside them. */
export type StageView = (typeof STAGE_VIEWS)[number];

const STORAGE_KEY = 'amphi.room';
const USER_ID_KEY = 'amphi.userId';
const DEFAULTS: Preferences = {
  name: '',
  microphoneOn: true,
  cameraOn: true,
  microphoneId: undefined,
  cameraId: undefined,
  speakerId: undefined,
  stageView: 'grid',
  isAudioOnly: false,
  background: 'none',
  suppressesNoise: false,
  captions: undefined,
  language: undefined,
};

/** Reads what was stored; whatever is missing or of another type is as on the first visit. */
export function parsePreferences(text: string | null): Preferences {
  let stored: Partial<Record<keyof Preferences, unknown>>;
  try {
    const json: unknown = JSON.parse(text ?? '{}');
    stored = typeof json === 'object' && json !== null ? json : {};
  } catch {
    stored = {};
  }
  const text_ = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);
  const flag = (value: unknown, otherwise: boolean): boolean => (typeof value === 'boolean' ? value : otherwise);
  return {
    name: text_(stored.name)?.slice(0, 100) ?? DEFAULTS.name,
    microphoneOn: flag(stored.microphoneOn, DEFAULTS.microphoneOn),
    cameraOn: flag(stored.cameraOn, DEFAULTS.cameraOn),
    microphoneId: text_(stored.microphoneId),
    cameraId: text_(stored.cameraId),
    speakerId: text_(stored.speakerId),
    stageView: STAGE_VIEWS.find((view) => view === stored.stageView) ?? DEFAULTS.stageView,
    isAudioOnly: flag(stored.isAudioOnly, DEFAULTS.isAudioOnly),
    background: backgroundOf(stored.background),
    suppressesNoise: flag(stored.suppressesNoise, DEFAULTS.suppressesNoise),
    captions: text_(stored.captions),
    language: languageOf(text_(stored.language)),
  };
}

export function readPreferences(): Preferences {
  try {
    return parsePreferences(localStorage.getItem(STORAGE_KEY));
  } catch {
    // Storage is switched off.
    return DEFAULTS;
  }
}

export function rememberPreferences(change: Partial<Preferences>): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ ...readPreferences(), ...change }));
  } catch {
    // Storage is switched off or full: the next visit starts afresh.
  }
}

const TOKEN_KEY = 'amphi.token.';

/**
 * Keeps the token of a visit for as long as it lasts, so that a page whose tab or browser was killed comes back as the same
 * person. It opens no more than the link it was got by.
 * @param userId whom the link names: nobody takes the place of another whom a link named before
 */
export function tokenKeeperOf(userId: string | undefined): TokenKeeper {
  const keyOf = (roomCode: string): string => TOKEN_KEY + roomCode + (userId === undefined ? '' : `/${userId}`);
  return {
    read(roomCode) {
      try {
        return localStorage.getItem(keyOf(roomCode)) ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(roomCode, token) {
      try {
        if (token === undefined) localStorage.removeItem(keyOf(roomCode));
        else localStorage.setItem(keyOf(roomCode), token);
      } catch {
        // Storage is switched off or full: who comes back is another person for a minute.
      }
    },
  };
}

/** The same person while this tab lives, also after a reload. */
export function tabUserId(): string | undefined {
  try {
    const present = sessionStorage.getItem(USER_ID_KEY);
    if (present) return present;
    const made = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
    sessionStorage.setItem(USER_ID_KEY, made);
    return made;
  } catch {
    return undefined;
  }
}
