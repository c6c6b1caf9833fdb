import { Tooltip as Primitive } from 'radix-ui';
import type { FocusEvent, ReactElement, ReactNode } from 'react';
import { useFullScreenHome } from './full-screen-home.ts';

/**
 * Words that show on hover and on keyboard focus. Only for what is also said otherwise: fingers never see it.
 * Needs a `UiProvider` above.
 */
export function Tooltip({
  content,
  side = 'top',
  children,
}: {
  content: ReactNode;
  side?: 'top' | 'right' | 'bottom' | 'left';
  children: ReactElement;
}) {
  const home = useFullScreenHome();
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild onFocus={keepForKeyboards}>
        {children}
      </Primitive.Trigger>
      <Primitive.Portal container={home}>
        <Primitive.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-60 max-w-64 animate-fade rounded-lg bg-ink px-2.5 py-1.5 text-xs font-medium text-page"
        >
          {content}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** A dialog that was closed with the mouse gives the focus back, too: nobody asked for words then. */
function keepForKeyboards(event: FocusEvent<HTMLElement>): void {
  if (!event.currentTarget.matches(':focus-visible')) event.preventDefault();
}
