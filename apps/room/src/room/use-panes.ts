import { useRole } from '@amphi/react';
import { useShows } from '../page/page-options.ts';
import type { Pane } from './pane-form.ts';

/** The panes that this person has, in order: by their role and by what the page's address leaves out. */
export function usePanes(): readonly Pane[] {
  const { can } = useRole();
  const shows = useShows();
  const panes: readonly Pane[] = can('pollRead') || can('pollWrite') ? ['chat', 'people', 'polls'] : ['chat', 'people'];
  return panes.filter(shows);
}
