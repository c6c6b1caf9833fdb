import { classNames, IconButton } from '@amphi/ui';
import { X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { ChatPanel } from '../chat/chat-panel.tsx';
import { PeoplePanel } from '../people/people-panel.tsx';

export type Pane = 'chat' | 'people';

const TITLES: Record<Pane, string> = { chat: 'Chat', people: 'People' };

/** Chat or people. Beside the stage where there is room, over it on a phone, below the picture for a viewer's phone. */
export function SidePane({
  pane,
  onSelect,
  onClose,
  form,
}: {
  readonly pane: Pane;
  readonly onSelect: (pane: Pane) => void;
  /** Undefined where the pane always stays. */
  readonly onClose: (() => void) | undefined;
  readonly form: 'beside' | 'over' | 'below';
}) {
  const id = useId();
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // Over the stage it is a place of its own: focus goes there.
    if (form === 'over') close.current?.focus();
  }, [form]);
  const leaveByEscape = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && onClose) onClose();
  };
  return (
    <aside
      aria-label={TITLES[pane]}
      onKeyDown={leaveByEscape}
      className={classNames(
        'flex min-h-0 flex-col bg-card',
        form === 'beside' && 'w-[22.5rem] shrink-0 overflow-hidden rounded-card border border-line',
        form === 'over' && 'absolute inset-0 z-20 animate-rise border-t border-line',
        form === 'below' && 'flex-1',
      )}
    >
      <div className="flex min-h-13 shrink-0 items-center gap-1 border-b border-line px-2">
        <div role="tablist" aria-label="Beside the stage" className="flex gap-1">
          {(['chat', 'people'] as const).map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`${id}-${name}`}
              aria-selected={pane === name}
              aria-controls={`${id}-panel`}
              onClick={() => onSelect(name)}
              className={classNames(
                'min-h-9 rounded-control px-3 text-[0.9375rem] font-medium pointer-coarse:min-h-11',
                pane === name ? 'bg-accent-wash text-accent' : 'text-ink-soft hover:bg-sunken',
              )}
            >
              {TITLES[name]}
            </button>
          ))}
        </div>
        {onClose !== undefined && (
          <IconButton
            ref={close}
            label="Close"
            size="sm"
            tooltip={false}
            icon={<X />}
            onClick={onClose}
            className="ml-auto"
            data-testid="pane-close"
          />
        )}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${pane}`}
        className="flex min-h-0 flex-1 flex-col"
      >
        {pane === 'chat' ? <ChatPanel /> : <PeoplePanel />}
      </div>
    </aside>
  );
}
