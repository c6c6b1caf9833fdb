import { Button } from '@amphi/ui';
import { type ChangeEvent, useId, useRef, useState } from 'react';
import { logoOf } from './logo-file.ts';

/** The logo of a room, kept with its look. */
export function LogoField({ logo, onLogo }: { logo: string | undefined; onLogo: (logo: string | undefined) => void }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState<string>();
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    // The same file can be chosen once more.
    event.target.value = '';
    if (!file) return;
    const read = await logoOf(file);
    setTrouble(read === undefined ? `${file.name} cannot be used: an image with the detail of a logo can.` : undefined);
    if (read !== undefined) onLogo(read);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        Logo
      </label>
      <div className="flex flex-wrap items-center gap-2">
        <input
          ref={input}
          id={id}
          type="file"
          accept="image/*"
          aria-describedby={`${id}-hint`}
          onChange={(event) => void choose(event)}
          tabIndex={-1}
          className="sr-only"
          data-testid="look-logo"
        />
        <Button variant="quiet" onClick={() => input.current?.click()}>
          {logo === undefined ? 'Choose a file' : 'Choose another'}
        </Button>
        {logo !== undefined && (
          <Button variant="quiet" onClick={() => onLogo(undefined)} data-testid="look-logo-remove">
            Remove the logo
          </Button>
        )}
      </div>
      <p id={`${id}-hint`} className="text-sm text-ink-faint">
        Any image; it is made as small as it is shown. Without one, the room has Amphi's.
      </p>
      <p role="alert" className="text-sm text-danger empty:hidden">
        {trouble}
      </p>
    </div>
  );
}
