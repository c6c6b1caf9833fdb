import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, type ReactNode, useState } from 'react';
import { classNames } from './class-names.ts';
import { useFieldControl } from './field.tsx';
import { IconButton } from './icon-button.tsx';
import { useUiWords } from './words.ts';

/** The frame of every text control; the focus ring is the frame's, so that prefix and suffix are inside it. */
export const inputFrame = classNames(
  'flex min-h-11 w-full min-w-0 items-stretch rounded-control border border-line-strong bg-raised text-ink',
  'focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-focus',
  'has-[[aria-invalid=true]]:border-danger has-[:disabled]:opacity-50',
);

/** Of no width of its own (`w-full`): browsers make a field as wide as twenty letters, and a column as wide as its fields. */
const bare =
  'w-full min-w-0 flex-1 bg-transparent px-3 text-base outline-none placeholder:text-ink-faint sm:text-[0.9375rem]';

const DIRECTIONAL: ReadonlySet<string> = new Set(['text', 'search']);

export interface TextInputProps extends Omit<ComponentProps<'input'>, 'prefix'> {
  /** Shown inside the frame, before and after what is typed. */
  prefix?: ReactNode;
  suffix?: ReactNode;
}

/** One line of text. Name it with a `Field`, or with `aria-label`. */
export function TextInput({ prefix, suffix, className, type = 'text', ...rest }: TextInputProps) {
  const control = useFieldControl();
  return (
    <div className={classNames(inputFrame, className)}>
      {prefix !== undefined && <span className="flex items-center ps-3 text-ink-faint">{prefix}</span>}
      <input
        {...control}
        dir={DIRECTIONAL.has(type) ? directionOf(rest.value) : undefined}
        {...rest}
        type={type}
        className={bare}
      />
      {suffix !== undefined && <span className="flex items-center pe-3 text-ink-faint">{suffix}</span>}
    </div>
  );
}

/** A password, with a button that shows it. */
export function PasswordInput({ className, ...rest }: Omit<ComponentProps<'input'>, 'type' | 'prefix'>) {
  const control = useFieldControl();
  const words = useUiWords();
  const [shown, setShown] = useState(false);
  return (
    <div className={classNames(inputFrame, className)}>
      <input {...control} {...rest} type={shown ? 'text' : 'password'} spellCheck={false} className={bare} />
      <IconButton
        label={words.showPassword}
        pressed={shown}
        tooltip={false}
        icon={shown ? <EyeOff /> : <Eye />}
        onClick={() => setShown(!shown)}
        className="-my-px rounded-control"
      />
    </div>
  );
}

/** What is typed has its own direction, a placeholder that of the page; a number, an address or a password has none. */
function directionOf(value: unknown): 'auto' | undefined {
  return value === '' ? undefined : 'auto';
}

/** Several lines that grow with what is typed, up to `max-height` of the class. */
export function TextArea({ className, rows = 1, ...rest }: ComponentProps<'textarea'>) {
  const control = useFieldControl();
  return (
    <div className={classNames(inputFrame, className)}>
      <textarea
        {...control}
        dir={directionOf(rest.value)}
        {...rest}
        rows={rows}
        className={classNames(bare, 'field-sizing-content max-h-40 resize-none py-2.5')}
      />
    </div>
  );
}
