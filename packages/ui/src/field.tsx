import { CircleAlert } from 'lucide-react';
import { createContext, type ReactNode, useContext, useId } from 'react';
import { classNames } from './class-names.ts';
import { useUiWords } from './words.ts';

interface FieldWiring {
  readonly controlId: string;
  readonly labelId: string;
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
  readonly required: boolean;
}

const FieldContext = createContext<FieldWiring | undefined>(undefined);

export interface FieldProps {
  label: ReactNode;
  /** What helps to fill it in; read together with the label. */
  hint?: ReactNode;
  /** What is wrong and what is allowed. Announced when it appears. */
  error?: string | undefined;
  /** Says "(optional)" beside the label; fields are required otherwise. */
  optional?: boolean;
  /** Keeps the label for screen readers only. */
  hideLabel?: boolean;
  className?: string;
  /** One control of this package; it finds its name, hint and error through context. */
  children: ReactNode;
}

/** Label, control, hint and error, wired by id. */
export function Field({ label, hint, error, optional = false, hideLabel = false, className, children }: FieldProps) {
  const id = useId();
  const words = useUiWords();
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  const errorId = error === undefined ? undefined : `${id}-error`;
  const describedBy = [errorId, hintId].filter(Boolean).join(' ') || undefined;
  const wiring: FieldWiring = {
    controlId: `${id}-control`,
    labelId: `${id}-label`,
    describedBy,
    invalid: error !== undefined,
    required: !optional,
  };
  return (
    <div className={classNames('flex flex-col gap-1.5', className)}>
      <label
        id={wiring.labelId}
        htmlFor={wiring.controlId}
        className={classNames('text-sm font-medium text-ink', hideLabel && 'sr-only')}
      >
        {label}
        {optional && <span className="font-normal text-ink-faint"> {words.optional}</span>}
      </label>
      <FieldContext value={wiring}>{children}</FieldContext>
      {hint !== undefined && (
        <div id={hintId} className="text-sm text-ink-faint">
          {hint}
        </div>
      )}
      <div role="alert" className="empty:hidden">
        {error !== undefined && (
          <p id={errorId} className="flex gap-1.5 text-sm text-danger">
            <CircleAlert className="mt-[0.2em] size-[1.1em] shrink-0" aria-hidden="true" />
            {error}
          </p>
        )}
      </div>
    </div>
  );
}

/** The attributes a control takes over from the field around it; empty outside of one. */
export function useFieldControl(): {
  id?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
  'aria-required'?: true;
} {
  const wiring = useContext(FieldContext);
  if (wiring === undefined) return {};
  return {
    id: wiring.controlId,
    ...(wiring.describedBy === undefined ? {} : { 'aria-describedby': wiring.describedBy }),
    ...(wiring.invalid ? { 'aria-invalid': true } : {}),
    ...(wiring.required ? { 'aria-required': true } : {}),
  };
}

/** For a control of several parts, which a `label` element cannot name: the id of the label. */
export function useFieldLabelId(): string | undefined {
  return useContext(FieldContext)?.labelId;
}
