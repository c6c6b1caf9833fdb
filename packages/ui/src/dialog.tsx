import { X } from 'lucide-react';
import { AlertDialog, Dialog as Primitive } from 'radix-ui';
import { type ReactElement, type ReactNode, useMemo } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { fullScreenHome } from './full-screen-home.ts';
import { IconButton } from './icon-button.tsx';
import { useFocusReturn } from './use-focus-return.ts';
import { useUiWords } from './words.ts';

const scrim = 'fixed inset-0 z-40 animate-fade bg-scrim';
/** A sheet from below on phones, a card in the middle elsewhere. */
const panel = classNames(
  'fixed z-50 flex max-h-[92dvh] w-full flex-col overflow-y-auto bg-raised text-ink shadow-raised animate-rise outline-none',
  'inset-x-0 bottom-0 rounded-t-card p-5 pb-[max(1.25rem,env(safe-area-inset-bottom))]',
  'sm:inset-auto sm:top-1/2 sm:left-1/2 sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-card sm:p-6',
);
/** Of the card: for a question, for a form, for two columns, for a moving picture. One of them, never two that compete. */
const widths = {
  question: 'sm:max-w-md',
  form: 'sm:max-w-lg',
  columns: 'sm:max-w-3xl',
  video: 'sm:max-w-4xl',
} as const;

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** Buttons; the one that goes on stands last. */
  footer?: ReactNode;
  size?: keyof typeof widths;
  children?: ReactNode;
}

/** A modal dialog: focus stays inside, Escape and the close button leave, focus returns to where it was. */
export function Dialog({ open, onOpenChange, title, description, footer, size = 'question', children }: DialogProps) {
  const words = useUiWords();
  const giveFocusBack = useFocusReturn(open);
  const home = useHome(open);
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal container={home}>
        <Primitive.Overlay className={scrim} />
        <Primitive.Content
          className={classNames(panel, widths[size])}
          onCloseAutoFocus={giveFocusBack}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <div className="mb-4 flex items-start justify-between gap-3">
            <div className="flex flex-col gap-1">
              <Primitive.Title className="text-lg font-semibold tracking-[-0.01em]">{title}</Primitive.Title>
              {description !== undefined && (
                <Primitive.Description className="text-[0.9375rem] text-ink-soft">{description}</Primitive.Description>
              )}
            </div>
            <Primitive.Close asChild>
              <IconButton label={words.close} tooltip={false} icon={<X />} className="-mt-2 -me-2" />
            </Primitive.Close>
          </div>
          {children}
          {footer !== undefined && <Footer>{footer}</Footer>}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  description: ReactNode;
  confirmLabel: string;
  cancelLabel?: string;
  /** `danger` when something is lost by it. */
  tone?: 'primary' | 'danger';
  onConfirm: () => void;
}

/** Asks before something that cannot be taken back. The safe answer has focus first. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  description,
  confirmLabel,
  cancelLabel,
  tone = 'danger',
  onConfirm,
}: ConfirmDialogProps) {
  const words = useUiWords();
  const giveFocusBack = useFocusReturn(open);
  const home = useHome(open);
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal container={home}>
        <AlertDialog.Overlay className={scrim} />
        <AlertDialog.Content className={classNames(panel, widths.question)} onCloseAutoFocus={giveFocusBack}>
          <AlertDialog.Title className="text-lg font-semibold tracking-[-0.01em]">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-1 text-[0.9375rem] text-ink-soft">
            {description}
          </AlertDialog.Description>
          <Footer>
            <AlertDialog.Cancel asChild>
              <Button>{cancelLabel ?? words.cancel}</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button variant={tone} onClick={onConfirm} data-testid="confirm">
                {confirmLabel}
              </Button>
            </AlertDialog.Action>
          </Footer>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** As it is when the dialog opens: one that moved would lose what was written in it. */
function useHome(open: boolean): HTMLElement | undefined {
  return useMemo(() => (open ? fullScreenHome() : undefined), [open]);
}

function Footer({ children }: { children: ReactElement | ReactNode }) {
  return <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{children}</div>;
}
