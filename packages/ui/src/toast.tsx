import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from 'lucide-react';
import { Toast as Primitive } from 'radix-ui';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { IconButton } from './icon-button.tsx';
import { useUiWords } from './words.ts';

export type ToastTone = 'info' | 'ok' | 'warn' | 'danger';

export interface ToastContent {
  readonly title: string;
  readonly description?: ReactNode;
  readonly tone?: ToastTone;
  /** One thing to do about it; `hint` says to screen readers how else to get there. */
  readonly action?: { readonly label: string; readonly hint: string; readonly onAction: () => void };
  /** 0 keeps it until it is dismissed. Default 6000; hovering or focusing stops the clock. */
  readonly durationMs?: number;
  /** A toast of the same id is replaced, not stacked. */
  readonly id?: string;
}

export interface Toaster {
  /** Shows a toast and announces it; at once if it is a danger, politely otherwise. Gives its id. */
  show(content: ToastContent): string;
  dismiss(id: string): void;
}

interface Shown extends ToastContent {
  readonly id: string;
  readonly revision: number;
}

/** A toast that was shown, for whoever was not fast enough. */
export interface PastToast extends Pick<ToastContent, 'title' | 'description' | 'tone'> {
  readonly key: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** Of the past, no more are kept. */
const MAX_PAST = 30;
/** More than this and the oldest go. */
const MAX_TOASTS = 4;
const DEFAULT_DURATION_MS = 6000;

const ToasterContext = createContext<Toaster | undefined>(undefined);

/** The toaster of the page. Stable between renders. */
export function useToaster(): Toaster {
  const toaster = useContext(ToasterContext);
  if (toaster === undefined) throw new Error('invariant broken: useToaster needs a UiProvider above');
  return toaster;
}

const PastContext = createContext<readonly PastToast[]>([]);

/** What toasts of this page have said, the newest first, whether they still stand or not. */
export function usePastToasts(): readonly PastToast[] {
  return useContext(PastContext);
}

/** Where toasts stand: `top`, below the header, on pages whose controls and fields are at the bottom. */
export type ToastPlacement = 'bottom' | 'top';

/** Owns the toasts of the page. Part of `UiProvider`. F8 moves the focus to them. */
export function ToasterProvider({
  placement = 'bottom',
  children,
}: {
  placement?: ToastPlacement;
  children: ReactNode;
}) {
  const words = useUiWords();
  const [toasts, setToasts] = useState<readonly Shown[]>([]);
  const [past, setPast] = useState<readonly PastToast[]>([]);
  const toaster = useMemo<Toaster>(() => {
    let made = 0;
    const dismiss = (id: string) => setToasts((all) => all.filter((toast) => toast.id !== id));
    return {
      show(content) {
        made += 1;
        const shown: Shown = { ...content, id: content.id ?? `toast-${made}`, revision: made };
        setToasts((all) => [...all.filter((toast) => toast.id !== shown.id), shown].slice(-MAX_TOASTS));
        const { title, description, tone } = content;
        const entry: PastToast = { title, description, ...(tone && { tone }), key: made, at: Date.now() };
        setPast((all) => [entry, ...all].slice(0, MAX_PAST));
        return shown.id;
      },
      dismiss,
    };
  }, []);
  return (
    <ToasterContext value={toaster}>
      <Primitive.Provider swipeDirection={placement === 'top' ? 'up' : 'down'} label={words.toast}>
        <PastContext value={past}>{children}</PastContext>
        {toasts.map((toast) => (
          <ToastView key={`${toast.id}/${toast.revision}`} toast={toast} onClose={() => toaster.dismiss(toast.id)} />
        ))}
        <Primitive.Viewport
          label={words.toasts('{hotkey}')}
          className={classNames(
            'pointer-events-none fixed inset-x-0 z-70 mx-auto flex w-full max-w-md flex-col gap-2 p-4 outline-none *:pointer-events-auto',
            placement === 'top'
              ? 'top-0 pt-[max(1rem,env(safe-area-inset-top))] sm:top-12 sm:ms-0'
              : 'bottom-0 pb-[max(1rem,env(safe-area-inset-bottom))] sm:me-0',
          )}
        />
      </Primitive.Provider>
    </ToasterContext>
  );
}

const icons: Record<ToastTone, ReactNode> = {
  info: <Info className="text-accent" />,
  ok: <CircleCheck className="text-ok" />,
  warn: <TriangleAlert className="text-warn" />,
  danger: <CircleAlert className="text-danger" />,
};

function ToastView({ toast, onClose }: { toast: Shown; onClose: () => void }) {
  const words = useUiWords();
  const tone = toast.tone ?? 'info';
  const duration = toast.durationMs ?? DEFAULT_DURATION_MS;
  return (
    <Primitive.Root
      type={tone === 'danger' ? 'foreground' : 'background'}
      duration={duration === 0 ? Number.POSITIVE_INFINITY : duration}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className={classNames(
        'flex animate-rise items-start gap-3 rounded-xl border border-line bg-raised py-2 ps-4 pe-2 text-ink shadow-raised',
        'data-[swipe=move]:translate-y-(--radix-toast-swipe-move-y)',
      )}
    >
      <span aria-hidden="true" className="mt-3 shrink-0 [&_svg]:size-5">
        {icons[tone]}
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-0.5 py-2.5">
        <Primitive.Title className="text-[0.9375rem] font-medium">{toast.title}</Primitive.Title>
        {toast.description !== undefined && (
          <Primitive.Description className="text-sm break-words text-ink-soft">
            {toast.description}
          </Primitive.Description>
        )}
        {toast.action !== undefined && (
          <Primitive.Action altText={toast.action.hint} asChild onClick={toast.action.onAction}>
            <Button size="sm" className="mt-2 self-start">
              {toast.action.label}
            </Button>
          </Primitive.Action>
        )}
      </div>
      <Primitive.Close asChild>
        <IconButton label={words.dismiss} tooltip={false} icon={<X />} />
      </Primitive.Close>
    </Primitive.Root>
  );
}
