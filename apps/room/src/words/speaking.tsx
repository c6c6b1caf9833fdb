import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { rememberPreferences } from '../page/preferences.ts';
import { languageOfPage } from './first-language.ts';
import { LANGUAGES, type Language, SOURCE } from './languages.ts';
import { englishWords, loadWords, type Words } from './words.ts';

interface Speech {
  readonly words: Words;
  readonly choose: (language: Language) => void;
}

const SpeechContext = createContext<Speech | undefined>(undefined);

/**
 * Speaks to all below, and tells the document its language and direction. Shows nothing while a language other than English
 * is on its way; where it does not come, English is spoken.
 * @param props.wanted language of the link, as a BCP 47 tag
 */
export function Speaking({ wanted, children }: { readonly wanted?: string | undefined; readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => languageOfPage(wanted));
  const [words, setWords] = useState<Words | undefined>(() =>
    language === SOURCE ? englishWords(navigator.languages) : undefined,
  );
  useEffect(() => {
    let isWanted = true;
    void loadWords(language, navigator.languages)
      .catch(() => {
        if (isWanted) setLanguage(SOURCE);
        return englishWords(navigator.languages);
      })
      .then((loaded) => {
        // Chosen before it, the last one may come first.
        if (isWanted) setWords((before) => (before?.language === loaded.language ? before : loaded));
      });
    return () => {
      isWanted = false;
    };
  }, [language]);
  const spoken = words?.language;
  useEffect(() => {
    if (spoken === undefined) return;
    document.documentElement.lang = spoken;
    document.documentElement.dir = LANGUAGES[spoken].direction;
  }, [spoken]);
  const choose = useCallback((chosen: Language) => {
    rememberPreferences({ language: chosen });
    setLanguage(chosen);
  }, []);
  const speech = useMemo(() => words && { words, choose }, [words, choose]);
  return speech && <SpeechContext value={speech}>{children}</SpeechContext>;
}

function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error('invariant broken: words need a Speaking above');
  return speech;
}

/** Everything the app says, in the language that it speaks now. */
export function useWords(): Words {
  return useSpeech().words;
}

/** The language spoken, and a way to choose another, which this browser remembers. */
export function useLanguage(): readonly [Language, (language: Language) => void] {
  const { words, choose } = useSpeech();
  return [words.language, choose];
}
