import { Button } from '@amphi/ui';
import { type ChangeEvent, useId, useRef, useState } from 'react';

/** An image of a file, kept as a `data:` URL with the settings that it is part of. */
export function ImageField({
  label,
  image,
  accept,
  read,
  hint,
  usable,
  onImage,
  testId,
}: {
  readonly label: string;
  readonly image: string | undefined;
  /** Kinds of files that are offered, as an input takes them. */
  readonly accept: string;
  /** Makes a `data:` URL of a file; undefined: it cannot be used. */
  readonly read: (file: File) => Promise<string | undefined>;
  readonly hint: string;
  /** What can be used, after "…cannot be used:". */
  readonly usable: string;
  readonly onImage: (image: string | undefined) => void;
  readonly testId: string;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState<string>();
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    // The same file can be chosen once more.
    event.target.value = '';
    if (!file) return;
    const url = await read(file);
    setTrouble(url === undefined ? `${file.name} cannot be used: ${usable}` : undefined);
    if (url !== undefined) onImage(url);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="flex flex-wrap items-center gap-2">
        {/* Not by Tab: the button opens it. */}
        <input
          ref={input}
          id={id}
          type="file"
          accept={accept}
          aria-describedby={`${id}-hint`}
          onChange={(event) => void choose(event)}
          tabIndex={-1}
          className="sr-only"
          data-testid={testId}
        />
        <Button variant="quiet" onClick={() => input.current?.click()}>
          {image === undefined ? 'Choose a file' : 'Choose another'}
        </Button>
        {image !== undefined && (
          <Button variant="quiet" onClick={() => onImage(undefined)} data-testid={`${testId}-remove`}>
            Remove
          </Button>
        )}
      </div>
      <p id={`${id}-hint`} className="text-sm text-ink-faint">
        {hint}
      </p>
      <p role="alert" className="text-sm text-danger empty:hidden">
        {trouble}
      </p>
    </div>
  );
}
