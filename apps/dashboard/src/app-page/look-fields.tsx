import { type DestinationBody, MAX_IMAGE_CHARS } from '@amphi/protocol';
import { Field, Select, Switch, TextInput } from '@amphi/ui';
import { ImageField } from '../shell/image-field.tsx';

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
        {...STREAM_IMAGE}
        image={draft.backgroundImage ?? undefined}
        onImage={(image) => change({ backgroundImage: image ?? null })}
        testId="destination-background"
      />
      <ImageField
        label="Logo"
        {...STREAM_IMAGE}
        image={draft.logo?.image}
        onImage={(image) =>
          change({ logo: image === undefined ? null : { corner: draft.logo?.corner ?? 'top_right', image } })
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

/** @returns undefined for a file that is no image we take, is too large, or cannot be read */
function dataUrlOf(file: File): Promise<string | undefined> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onerror = () => resolve(undefined);
    reader.onload = () => {
      const url = String(reader.result);
      resolve(/^data:image\/(?:png|jpeg);base64,/.test(url) && url.length <= MAX_IMAGE_CHARS ? url : undefined);
    };
    reader.readAsDataURL(file);
  });
}

/** What composes the stream reads these; they are kept as they are, so that a stream never waits for them. */
const STREAM_IMAGE = {
  accept: 'image/png,image/jpeg',
  read: dataUrlOf,
  hint: 'PNG or JPEG, at most 150 kB.',
  usable: 'a PNG or JPEG file of at most 150 kB can.',
} as const;

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
