import { type DestinationBody, MAX_IMAGE_CHARS } from '@amphi/protocol';
import { Button, Field, Select, Switch, TextInput } from '@amphi/ui';
import { type ChangeEvent, useId, useRef, useState } from 'react';

type Change = (part: Partial<DestinationBody>) => void;
type Corner = NonNullable<DestinationBody['logo']>['corner'];

/** How tiles and what is behind them look. */
export function LookFields({ draft, change }: { draft: DestinationBody; change: Change }) {
  return (
    <div className="grid gap-x-8 gap-y-5 lg:grid-cols-2">
      <Field label="Cameras of another shape" hint="Than their tile's. Shared screens are always shown whole.">
        <Select
          value={draft.tileFit}
          options={fitOptions}
          onValueChange={(tileFit) => change({ tileFit })}
          data-testid="destination-fit"
        />
      </Field>
      <Field label="Space between tiles" hint="In pixels of the largest rendition, 0 to 64.">
        <TextInput
          type="number"
          min={0}
          max={64}
          step={1}
          value={draft.gap}
          onChange={(event) => change({ gap: Math.min(64, Math.max(0, Math.round(Number(event.target.value)))) })}
          suffix="px"
          data-testid="destination-gap"
        />
      </Field>
      <Field label="Background">
        <TextInput
          type="color"
          value={draft.backgroundColor}
          onChange={(event) => change({ backgroundColor: event.target.value })}
          data-testid="destination-color"
        />
      </Field>
      <Field label="Words while nobody is on stage" optional>
        <TextInput
          value={draft.standByText}
          maxLength={100}
          onChange={(event) => change({ standByText: event.target.value })}
          data-testid="destination-stand-by"
        />
      </Field>
      <ImageField
        label="Background image"
        image={draft.backgroundImage}
        onImage={(backgroundImage) => change({ backgroundImage })}
        testId="destination-background"
      />
      <ImageField
        label="Logo"
        image={draft.logo?.image ?? null}
        onImage={(image) =>
          change({ logo: image === null ? null : { corner: draft.logo?.corner ?? 'top_right', image } })
        }
        testId="destination-logo"
      />
      {draft.logo !== null && (
        <Field label="Place of the logo">
          <Select
            value={draft.logo.corner}
            options={cornerOptions}
            onValueChange={(corner) => draft.logo && change({ logo: { ...draft.logo, corner } })}
            data-testid="destination-logo-corner"
          />
        </Field>
      )}
      <Switch
        label="Names"
        hint="On each tile, with a mark when the microphone is off."
        checked={draft.showNames}
        onCheckedChange={(showNames) => change({ showNames })}
        data-testid="destination-names"
      />
    </div>
  );
}

/** An image that is kept with the settings, so that a stream never waits for it. */
function ImageField({
  label,
  image,
  onImage,
  testId,
}: {
  label: string;
  image: string | null;
  onImage: (image: string | null) => void;
  testId: string;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState<string>();
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    // The same file can be chosen once more.
    event.target.value = '';
    if (!file) return;
    const read = await dataUrlOf(file);
    const isUsable = read !== undefined && read.length <= MAX_IMAGE_CHARS;
    setTrouble(isUsable ? undefined : `${file.name} cannot be used: a PNG or JPEG file of at most 150 kB can.`);
    if (isUsable) onImage(read);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="flex flex-wrap items-center gap-2">
        <input
          ref={input}
          id={id}
          type="file"
          accept="image/png,image/jpeg"
          onChange={(event) => void choose(event)}
          className="sr-only"
          data-testid={testId}
        />
        <Button variant="quiet" onClick={() => input.current?.click()}>
          {image === null ? 'Choose a file' : 'Choose another'}
        </Button>
        {image !== null && (
          <Button variant="quiet" onClick={() => onImage(null)} data-testid={`${testId}-remove`}>
            Remove
          </Button>
        )}
      </div>
      <p role="status" className="text-sm text-ink-faint">
        {trouble ?? 'PNG or JPEG, at most 150 kB.'}
      </p>
    </div>
  );
}

/** @returns undefined for a file that is no image we take, or cannot be read */
function dataUrlOf(file: File): Promise<string | undefined> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onerror = () => resolve(undefined);
    reader.onload = () => {
      const url = String(reader.result);
      resolve(/^data:image\/(?:png|jpeg);base64,/.test(url) ? url : undefined);
    };
    reader.readAsDataURL(file);
  });
}

const fitOptions: readonly { readonly value: DestinationBody['tileFit']; readonly label: string }[] = [
  { value: 'auto', label: 'Cropped when little is lost' },
  { value: 'crop', label: 'Always cropped' },
  { value: 'fit', label: 'Always whole, with bars' },
];

const cornerOptions: readonly { readonly value: Corner; readonly label: string }[] = [
  { value: 'top_left', label: 'Top left' },
  { value: 'top_right', label: 'Top right' },
  { value: 'bottom_left', label: 'Bottom left' },
  { value: 'bottom_right', label: 'Bottom right' },
];
