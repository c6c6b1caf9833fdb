import { ClientError, type Composition, type CompositionWish } from '@amphi/client';
import { useComposition } from '@amphi/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useFailureToast } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** What is typed or dragged is sent when the hand has rested for so long. */
const REST_MS = 300;

export interface Composing {
  /** With what is on its way; undefined until the server has told it. */
  readonly composition: Composition | undefined;
  /** Why it could not be told. */
  readonly error: ClientError | undefined;
  /** @param options.isTyped more of the same is likely to follow at once */
  readonly change: (part: CompositionWish, options?: { readonly isTyped?: boolean }) => void;
}

/**
 * The composition, shown at once as it was chosen; the server gets one change at a time, and of many only the last.
 * @param moment asks anew whenever it is another one: a start or an end may have changed it
 */
export function useComposing(moment: unknown): Composing {
  const { composition, compose } = useComposition();
  const words = useWords();
  const tell = useFailureToast();
  const [wanted, setWanted] = useState<CompositionWish>({});
  const [error, setError] = useState<ClientError>();
  const waiting = useRef<CompositionWish>({});
  const isSending = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: see `moment`
  useEffect(() => {
    let isOver = false;
    compose({}).then(
      () => !isOver && setError(undefined),
      (reason: unknown) => !isOver && reason instanceof ClientError && setError(reason),
    );
    return () => {
      isOver = true;
    };
  }, [compose, moment]);

  const send = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    if (isSending.current) return;
    isSending.current = true;
    try {
      while (Object.keys(waiting.current).length > 0) {
        const wish = waiting.current;
        waiting.current = {};
        await compose(wish);
      }
    } catch (reason) {
      waiting.current = {};
      tell(words.failed.customise, reason, 'customise');
    } finally {
      isSending.current = false;
      setWanted({});
    }
  }, [compose, tell, words]);

  const latest = useRef(send);
  latest.current = send;
  // What was typed last is meant, too, by somebody who closes at once.
  useEffect(() => () => void latest.current(), []);

  const change = useCallback<Composing['change']>((part, { isTyped = false } = {}) => {
    waiting.current = { ...waiting.current, ...part };
    setWanted((before) => ({ ...before, ...part }));
    clearTimeout(timer.current);
    if (isTyped) timer.current = setTimeout(() => void latest.current(), REST_MS);
    else void latest.current();
  }, []);

  return { composition: composition && ({ ...composition, ...wanted } as Composition), error, change };
}
