import { usePeerCount, useRole } from '@amphi/react';
import { classNames, IconButton } from '@amphi/ui';
import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { ChatPanel } from '../chat/chat-panel.tsx';
import { PeoplePanel } from '../people/people-panel.tsx';
import { PollPanel } from '../polls/poll-panel.tsx';

export type Pane = 'chat' | 'people' | 'polls';

/**
 * `beside` the stage where there is room, `over` it on a phone, `below` the picture of a viewer's phone, `on-picture`
 * where that picture is tall and fills the phone.
 */
export type PaneForm = 'beside' | 'over' | 'below' | 'on-picture';

const TITLES: Record<Pane, string> = { chat: 'Chat', people: 'People', polls: 'Polls' };

const FORMS: Record<PaneForm, string> = {
  beside: 'w-[22.5rem] shrink-0 overflow-hidden rounded-card border border-line bg-card',
  over: 'absolute inset-0 z-20 animate-rise border-t border-line bg-card',
  below: 'flex-1 bg-card',
  'on-picture': 'absolute inset-x-0 bottom-0 h-[52%] bg-linear-to-t from-black/80 via-black/60 to-transparent text-ink',
};

/** Chat, people or polls, one at a time. */
export function SidePane({
  pane,
  form,
  onSelect,
  onClose,
  actions,
  chatActions,
}: {
  readonly pane: Pane;
  readonly form: PaneForm;
  readonly onSelect: (pane: Pane) => void;
  /** Undefined where the pane always stays. */
  readonly onClose: (() => void) | undefined;
  /** Stand at the end of the tabs' row. */
  readonly actions?: ReactNode;
  /** Stand where one writes. */
  readonly chatActions?: ReactNode;
}) {
  const id = useId();
  const people = usePeerCount();
  const { can } = useRole();
  const tabs: readonly Pane[] = can('pollRead') || can('pollWrite') ? ['chat', 'people', 'polls'] : ['chat', 'people'];
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
      aria-label={TITLES[pane]}
      onKeyDown={leaveByEscape}
      {...(form === 'on-picture' && { 'data-theme': 'dark' })}
      className={classNames('flex min-h-0 flex-col', FORMS[form])}
    >
      <div
        className={classNames(
          'flex min-h-13 shrink-0 items-center gap-1 px-2',
          form !== 'on-picture' && 'border-b border-line',
        )}
      >
        <div role="tablist" aria-label="Beside the stage" className="flex gap-1">
          {tabs.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`${id}-${name}`}
              aria-selected={pane === name}
              aria-controls={`${id}-panel`}
              onClick={() => onSelect(name)}
              data-testid={`tab-${name}`}
              className={classNames(
                'min-h-9 rounded-control px-3 text-[0.9375rem] font-medium pointer-coarse:min-h-11',
                pane === name ? 'bg-accent-wash text-accent' : 'text-ink-soft hover:bg-sunken',
              )}
            >
              {TITLES[name]}
              {name === 'people' && ' '}
              {name === 'people' && <span className="ml-1 font-normal tabular-nums">{people}</span>}
            </button>
          ))}
        </div>
        <div className="ml-auto flex items-center gap-1">
          {actions}
          {onClose !== undefined && (
            <IconButton
              ref={close}
              label="Close"
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
        aria-labelledby={`${id}-${pane}`}
        className="flex min-h-0 flex-1 flex-col"
      >
        {pane === 'chat' && <ChatPanel isOnPicture={form === 'on-picture'} actions={chatActions} />}
        {pane === 'people' && <PeoplePanel />}
        {pane === 'polls' && <PollPanel />}
      </div>
    </aside>
  );
}
