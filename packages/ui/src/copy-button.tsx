import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useAnnounce } from './announcer.tsx';
import { Button, type ButtonProps } from './button.tsx';
import { copyText } from './copy-text.ts';
import { IconButton } from './icon-button.tsx';
import { useUiWords } from './words.ts';

/** How long the button shows that it has copied. */
const SHOWN_MS = 2000;

export interface CopyButtonProps
  extends Omit<ButtonProps, 'value' | 'icon' | 'onClick' | 'children' | 'asChild' | 'variant'> {
  /** What goes to the clipboard. */
  value: string;
  /** What it is, for instance "link for broadcaster": named in the button and in what is announced. */
  what: string;
  /** Words on the button; without, it is an icon named "Copy <what>". */
  label?: string;
  variant?: 'primary' | 'secondary' | 'quiet';
}

/** Copies and says so: visibly for two seconds, and politely to screen readers. */
export function CopyButton({ value, what, label, variant = 'secondary', size = 'sm', ...rest }: CopyButtonProps) {
  const announce = useAnnounce();
  const words = useUiWords();
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');

  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  const copy = async () => {
    const copied = await copyText(value);
    setState(copied ? 'copied' : 'failed');
    announce(copied ? words.copiedWhat(what) : words.notCopiedWhat(what));
  };
  const icon = state === 'copied' ? <Check className="text-ok" /> : <Copy />;

  if (label === undefined) {
    return (
      <IconButton
        {...rest}
        label={words.copy(what)}
        icon={icon}
        size={size}
        variant={variant}
        onClick={() => void copy()}
      />
    );
  }
  return (
    <Button
      {...rest}
      size={size}
      variant={variant}
      icon={icon}
      aria-label={`${label}: ${what}`}
      onClick={() => void copy()}
    >
      {/* Both words take the same room, so that the button keeps its width. */}
      <span className="inline-grid">
        <span className="col-start-1 row-start-1" style={{ visibility: state === 'idle' ? 'visible' : 'hidden' }}>
          {label}
        </span>
        <span className="col-start-1 row-start-1" style={{ visibility: state === 'idle' ? 'hidden' : 'visible' }}>
          {state === 'failed' ? words.notCopied : words.copied}
        </span>
      </span>
    </Button>
  );
}
