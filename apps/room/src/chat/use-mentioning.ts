import type { Recipients, SessionState } from '@amphi/client';
import { usePeerSearch, useRoom, useSessionState } from '@amphi/react';
import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { optionId } from './mention-list.tsx';
import {
  type Mentionable,
  mentionedIn,
  mentionsOffered,
  type OpenMention,
  openMention,
  withMention,
} from './mentions.ts';

export interface Mentioning {
  /** Id of the list. */
  readonly id: string;
  /** Offered now; none: there is no list. */
  readonly people: readonly Mentionable[];
  readonly activeIndex: number;
  /** To be called after each change of the text or the caret. */
  readonly look: () => void;
  readonly close: () => void;
  readonly choose: (person: Mentionable) => void;
  /** Takes the keys of an open list. @returns false: the key is not for it */
  readonly handleKey: (event: KeyboardEvent) => boolean;
  /** Of the chosen, those whose names are in the text. */
  readonly mentionedIn: (text: string) => readonly string[];
  readonly forget: () => void;
  /** Attributes of the field: its role stays that of a text field of several lines, which has no `aria-expanded`. */
  readonly field: Readonly<Record<string, string | undefined>>;
}

/** Choosing people by name while one writes, from those who are listed and, in a large room, whom the server finds. */
export function useMentioning(
  input: RefObject<HTMLTextAreaElement | null>,
  recipients: Recipients,
  onText: (text: string) => void,
): Mentioning {
  const id = useId();
  const [open, setOpen] = useState<OpenMention>();
  const [activeIndex, setActiveIndex] = useState(0);
  const chosen = useRef<readonly Mentionable[]>([]);
  /** Where the caret goes once the field has the new text. */
  const caret = useRef<number>(undefined);
  /** The "@" whose list was closed. */
  const closedAt = useRef<number>(undefined);
  const query = open?.query;
  const isOpen = query !== undefined;
  // Who is in the room changes often, and matters only while one looks for somebody.
  const peers = useSessionState((state) => (isOpen ? selectPeers(state) : NOBODY));
  const { isLarge } = useRoom();
  const { results } = usePeerSearch(isLarge ? (query ?? '') : '');
  const people = useMemo(
    () => (query === undefined ? [] : mentionsOffered([...Object.values(peers), ...results], query, recipients)),
    [query, peers, results, recipients],
  );
  const active = Math.min(activeIndex, Math.max(0, people.length - 1));
  const activeOption = people.length > 0 ? optionId(id, active) : undefined;

  useLayoutEffect(() => {
    const field = input.current;
    if (caret.current === undefined || !field) return;
    field.setSelectionRange(caret.current, caret.current);
    caret.current = undefined;
  });
  useEffect(() => {
    if (activeOption) document.getElementById(activeOption)?.scrollIntoView({ block: 'nearest' });
  }, [activeOption]);

  const look = (): void => {
    const field = input.current;
    if (!field) return;
    const found =
      field.selectionStart === field.selectionEnd ? openMention(field.value, field.selectionStart) : undefined;
    if (found?.start !== closedAt.current) closedAt.current = undefined;
    const next = closedAt.current === undefined ? found : undefined;
    if (next?.query !== query || next?.start !== open?.start) setActiveIndex(0);
    setOpen(next);
  };
  const close = (): void => setOpen(undefined);
  const choose = (person: Mentionable): void => {
    const field = input.current;
    if (!open || !field) return;
    const { text, caret: after } = withMention(field.value, open, person.name);
    chosen.current = [...chosen.current.filter((other) => other.id !== person.id), person];
    caret.current = after;
    onText(text);
    close();
  };
  const handleKey = (event: KeyboardEvent): boolean => {
    if (people.length === 0 || event.nativeEvent.isComposing) return false;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        const step = event.key === 'ArrowDown' ? 1 : people.length - 1;
        setActiveIndex((active + step) % people.length);
        break;
      }
      case 'Enter':
      case 'Tab':
        if (event.shiftKey) return false;
        choose(people[active]!);
        break;
      case 'Escape':
        closedAt.current = open?.start;
        close();
        break;
      default:
        return false;
    }
    event.preventDefault();
    // What is around would close, too.
    event.stopPropagation();
    return true;
  };
  return {
    id,
    people,
    activeIndex: active,
    look,
    close,
    choose,
    handleKey,
    mentionedIn: (text) => mentionedIn(text, chosen.current),
    forget: () => {
      chosen.current = [];
    },
    field: {
      'aria-autocomplete': 'list',
      'aria-haspopup': 'listbox',
      'aria-controls': people.length > 0 ? id : undefined,
      'aria-activedescendant': activeOption,
    },
  };
}

const NOBODY: SessionState['peers'] = {};
const selectPeers = (state: SessionState): SessionState['peers'] => state.peers;
