import type { RoomElement } from '@amphi/client/embed';
import { createContext, useCallback, useContext } from 'react';
import { useLook } from '../look/look.tsx';
import { type PageOptions, readPageOptions } from './read-page-options.ts';

const PageOptionsContext = createContext<PageOptions>(readPageOptions('http://localhost/'));

/** Gives the options of the page to what is below. */
export const PageOptionsProvider = PageOptionsContext.Provider;

export function usePageOptions(): PageOptions {
  return useContext(PageOptionsContext);
}

/** Whether a part of the room is to be shown, as far as the page's address and the owner of the room have a say in it. */
export function useShows(): (element: RoomElement) => boolean {
  const { hidden } = usePageOptions();
  const { chat, people, reactions, hand, feedback } = useLook();
  return useCallback(
    (element) => {
      const said: Partial<Record<RoomElement, boolean | undefined>> = { chat, people, reactions, hand, feedback };
      return !hidden.has(element) && said[element] !== false;
    },
    [hidden, chat, people, reactions, hand, feedback],
  );
}
