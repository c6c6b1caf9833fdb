import { usePeerCount } from '@amphi/react';
import { classNames, IconButton } from '@amphi/ui';
import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { ChatPanel } from '../chat/chat-panel.tsx';
import { useLook } from '../look/look.tsx';
import { LatePart, late } from '../page/late-part.tsx';
import { PeoplePanel } from '../people/people-panel.tsx';
import { useWords } from '../words/speaking.tsx';
import type { Pane, PaneForm } from './pane-form.ts';
import { usePanes } from './use-panes.ts';

const FORMS: Record<PaneForm, string> = {
  beside: 'w-[clamp(16rem,36%,22.5rem)] shrink-0 overflow-hidden rounded-card border border-line bg-card',
  over: 'absolute inset-0 z-20 animate-rise border-t border-line bg-card',
  below: 'flex-1 bg-card',
  'on-picture': 'relative shrink-0 bg-page text-ink',
};

/** Over the picture because somebody wants to read it. */
const ASKED_FOR = 'absolute inset-x-0 bottom-full h-[55dvh] rounded-t-card border-t border-line bg-card';

/** Most rooms have no polls. */
const pollPanel = late(async () => ({ default: (await import('../polls/poll-panel.tsx')).PollPanel }));

/** Chat, people or polls, one at a time. On a picture there may be none, and the bar with their names stays. */
export function SidePane({
  pane,
  form,
  onSelect,
  onClose,
  actions,
  chatActions,
}: {
  readonly pane: Pane | undefined;
  readonly form: PaneForm;
  readonly onSelect: (pane: Pane) => void;
  /** Undefined where the pane always stays. */
  readonly onClose: (() => void) | undefined;
  /** Stand at the end of the tabs' row. */
  readonly actions?: ReactNode;
  /** Stand where one writes. */
  readonly chatActions?: ReactNode;
}) {
  const words = useWords();
  const id = useId();
  const isOnPicture = form === 'on-picture';
  const people = usePeerCount();
  const tabs = usePanes();
  const { chatTitle = words.room.panes.chat } = useLook();
  const names = { ...words.room.panes, chat: chatTitle };
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // Over the stage it is a place of its own: focus goes there.
    if (form === 'over') close.current?.focus();
  }, [form]);
  const leaveByEscape = (event: KeyboardEvent): void => {
    // Of a menu that was opened here React tells us, too: that Escape closes the menu.
    const isOurs = event.currentTarget.contains(event.target as Node);
    if (event.key === 'Escape' && isOurs) onClose?.();
  };
  return (
    <aside
      aria-label={names[pane ?? 'chat']}
      onKeyDown={leaveByEscape}
      {...(isOnPicture && { 'data-theme': 'dark' })}
      className={classNames('flex min-h-0 flex-col', FORMS[form])}
    >
      <div
        className={classNames(
          '@container flex min-h-13 shrink-0 flex-wrap items-center gap-1 px-2',
          !isOnPicture && 'border-b border-line',
        )}
      >
        <div role="tablist" aria-label={words.room.beside} className="flex gap-1 max-[24rem]:gap-0">
          {tabs.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`${id}-${name}`}
              aria-selected={pane === name}
              aria-controls={`${id}-panel`}
              onClick={() => (isOnPicture && pane === name ? onClose?.() : onSelect(name))}
              data-testid={`tab-${name}`}
              className={classNames(
                'min-h-9 rounded-control px-3 text-[0.9375rem] font-medium whitespace-nowrap max-[24rem]:px-1.5 max-[24rem]:text-sm @max-[17rem]:px-1.5 @max-[17rem]:text-sm pointer-coarse:min-h-11',
                pane === name ? 'bg-accent-wash text-accent' : 'text-ink-soft hover:bg-sunken',
              )}
            >
              {names[name]}
              {name === 'people' && ' '}
              {name === 'people' && (
                <span className="ms-1 font-normal tabular-nums max-[22rem]:sr-only">{words.format.count(people)}</span>
              )}
            </button>
          ))}
        </div>
        <div className="ms-auto flex shrink-0 items-center gap-1 max-[24rem]:gap-0">
          {actions}
          {onClose !== undefined && !isOnPicture && (
            <IconButton
              ref={close}
              label={words.ui.close}
              size="sm"
              tooltip={false}
              icon={<X />}
              onClick={onClose}
              data-testid="pane-close"
            />
          )}
        </div>
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${pane ?? 'chat'}`}
        className={classNames(
          'flex min-h-0 flex-1 flex-col',
          isOnPicture && pane !== 'chat' && pane !== undefined && ASKED_FOR,
        )}
      >
        {(pane === 'chat' || (pane === undefined && tabs.includes('chat'))) && (
          <ChatPanel
            place={!isOnPicture ? 'pane' : pane === 'chat' ? 'on-picture' : 'input-alone'}
            actions={chatActions}
          />
        )}
        {pane === 'people' && <PeoplePanel />}
        {pane === 'polls' && <LatePart part={pollPanel} given={{}} />}
      </div>
    </aside>
  );
}
