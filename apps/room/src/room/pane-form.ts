/**
 * Where chat, people and polls stand: `beside` the picture where there is room, `over` the stage on a phone, `below` the
 * picture of a viewer's phone, `on-picture` where that picture is tall and fills the phone: then only what is read lies on
 * it, and the bars below it.
 */
export type PaneForm = 'beside' | 'over' | 'below' | 'on-picture';

export type Pane = 'chat' | 'people' | 'polls';

/** What the person has chosen: a pane, none at all, or, undefined, nothing yet. */
export type PaneChoice = Pane | 'none' | undefined;

/**
 * The form of the room's pane.
 * @param facts.isWide there is room for a pane beside a stage
 * @param facts.isFlat a phone on its side: a picture has room for a pane beside it, and none below
 */
export function paneForm(facts: {
  readonly isViewer: boolean;
  readonly isWide: boolean;
  readonly isFlat: boolean;
  readonly isTallPicture: boolean;
}): PaneForm {
  const { isViewer, isWide, isFlat, isTallPicture } = facts;
  if (isWide || (isViewer && isFlat)) return 'beside';
  if (!isViewer) return 'over';
  return isTallPicture ? 'on-picture' : 'below';
}

/**
 * Which pane is shown: the chosen one; before any choice, and below a picture always, the first that there is.
 * @param panes those that this person has, in order
 */
export function shownPane(choice: PaneChoice, form: PaneForm, panes: readonly Pane[]): Pane | undefined {
  if (choice === 'none') return form === 'below' ? panes[0] : undefined;
  if (choice !== undefined && panes.includes(choice)) return choice;
  return form === 'over' ? undefined : panes[0];
}
