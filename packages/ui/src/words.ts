import { createContext, useContext } from 'react';

/** What the components say themselves, about their controls. */
export interface UiWords {
  readonly cancel: string;
  readonly close: string;
  readonly dismiss: string;
  readonly tryAgain: string;
  /** Beside the label of a field that may stay empty. */
  readonly optional: string;
  readonly showPassword: string;
  /** Names a toast, and the region of all of them. */
  readonly toast: string;
  readonly toasts: (key: string) => string;
  readonly broke: string;
  readonly brokeHelp: (error: string) => string;
  readonly copy: (what: string) => string;
  readonly copied: string;
  readonly copiedWhat: (what: string) => string;
  readonly notCopied: string;
  readonly notCopiedWhat: (what: string) => string;
  /** The seats of the house: how close a role is to the stage. */
  readonly levels: Readonly<
    Record<'stage' | 'webinar' | 'stream', { readonly name: string; readonly meaning: string }>
  >;
}

/** In English, which is spoken where a `UiProvider` is given no other words. */
export const UI_WORDS: UiWords = {
  cancel: 'Cancel',
  close: 'Close',
  dismiss: 'Dismiss',
  tryAgain: 'Try again',
  optional: '(optional)',
  showPassword: 'Show password',
  toast: 'Message',
  toasts: (key) => `Messages (${key})`,
  broke: 'This part of the page broke',
  brokeHelp: (error) => `It is a fault of ours, not yours: ${error}`,
  copy: (what) => `Copy ${what}`,
  copied: 'Copied',
  copiedWhat: (what) => `Copied ${what}`,
  notCopied: 'Not copied',
  notCopiedWhat: (what) => `The browser did not allow copying the ${what}`,
  levels: {
    stage: { name: 'On stage', meaning: 'Sends audio and video, in real time' },
    webinar: { name: 'Webinar audience', meaning: 'Watches in real time, publishes nothing' },
    stream: { name: 'Stream audience', meaning: 'Watches the composed stream, about two seconds behind' },
  },
};

export const UiWordsContext = createContext<UiWords>(UI_WORDS);

export function useUiWords(): UiWords {
  return useContext(UiWordsContext);
}
