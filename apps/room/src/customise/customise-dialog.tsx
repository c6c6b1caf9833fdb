import type { Composition } from '@amphi/client';
import { useLiveStream } from '@amphi/react';
import {
  ActiveSpeakerPicture,
  Dialog,
  ErrorNotice,
  Field,
  GridPicture,
  InsetPicture,
  RadioCards,
  Select,
  ShapePicture,
  SidebarPicture,
  SinglePicture,
  Skeleton,
  Switch,
  TextInput,
} from '@amphi/ui';
import type { ReactNode } from 'react';
import { errorText } from '../words/error-text.ts';
import { useWords } from '../words/speaking.tsx';
import { StreamPreview } from './stream-preview.tsx';
import { type Composing, useComposing } from './use-composing.ts';

type Shape = Composition['videoAspectRatio'];

const SHAPES: readonly Shape[] = ['16:9', '9:16', '4:3', '1:1', '3:4'];
const LAYOUTS: Readonly<Record<Composition['layout'], ReactNode>> = {
  grid: <GridPicture />,
  active_speaker: <ActiveSpeakerPicture />,
  sidebar: <SidebarPicture />,
  picture_in_picture: <InsetPicture />,
  single: <SinglePicture />,
};
const FITS: readonly Composition['tileFit'][] = ['auto', 'crop', 'fit'];
/** As the server takes it. */
const MAX_BREAK_TEXT = 100;

/** How the stream is drawn, with a picture of it; each choice counts at once. */
export default function CustomiseDialog({ onClose }: { readonly onClose: () => void }) {
  const words = useWords();
  const { status } = useLiveStream();
  const isRunning = status === 'starting' || status === 'live' || status === 'stopping';
  const composing = useComposing(status);
  const { composition, error } = composing;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={words.customise.title}
      description={isRunning ? words.customise.helpLive : words.customise.helpBefore}
      size="columns"
    >
      {composition === undefined ? (
        error ? (
          <ErrorNotice title={words.customise.away} message={errorText(words, error)} data-testid="customise-away" />
        ) : (
          <Skeleton className="h-64" />
        )
      ) : (
        <div className="grid gap-x-8 gap-y-5 md:grid-cols-2" data-testid="customise-panel">
          <div className="md:sticky md:top-0 md:order-last md:self-start">
            <StreamPreview composition={composition} />
          </div>
          <Choices composition={composition} change={composing.change} isRunning={isRunning} />
        </div>
      )}
    </Dialog>
  );
}

function Choices({
  composition,
  change,
  isRunning,
}: {
  readonly composition: Composition;
  readonly change: Composing['change'];
  readonly isRunning: boolean;
}) {
  const { customise: words } = useWords();
  return (
    <div className="flex min-w-0 flex-col gap-5">
      <Switch
        label={words.break}
        hint={words.breakHelp}
        checked={composition.standBy}
        onCheckedChange={(standBy) => change({ standBy })}
        data-testid="customise-break"
      />
      <Field label={words.layout}>
        <RadioCards
          shape="compact"
          value={composition.layout}
          options={(Object.keys(LAYOUTS) as Composition['layout'][]).map((value) => ({
            value,
            title: words.layouts[value],
            picture: LAYOUTS[value],
            testId: `customise-layout-${value}`,
          }))}
          onValueChange={(layout) => change({ layout })}
        />
      </Field>
      <Field label={words.picture} hint={isRunning ? words.pictureLive : undefined}>
        <RadioCards
          shape="compact"
          value={composition.videoAspectRatio}
          options={SHAPES.map((value) => ({
            value,
            title: words.shapes[value],
            picture: <ShapePicture shape={value} />,
            testId: `customise-shape-${value}`,
          }))}
          // By keyboard one comes through those between.
          onValueChange={(videoAspectRatio) => change({ videoAspectRatio }, { isTyped: true })}
        />
      </Field>
      <Field label={words.tile} hint={words.tileHelp}>
        <Select<Shape>
          value={composition.tileAspectRatio}
          options={SHAPES.map((value) => ({ value, label: words.shapes[value] }))}
          onValueChange={(tileAspectRatio) => change({ tileAspectRatio })}
          data-testid="customise-tile"
        />
      </Field>
      <Field label={words.fit}>
        <Select<Composition['tileFit']>
          value={composition.tileFit}
          options={FITS.map((value) => ({ value, label: words.fits[value] }))}
          onValueChange={(tileFit) => change({ tileFit })}
          data-testid="customise-fit"
        />
      </Field>
      <Switch
        label={words.names}
        checked={composition.showNames}
        onCheckedChange={(showNames) => change({ showNames })}
        data-testid="customise-names"
      />
      <Field label={words.background}>
        <TextInput
          type="color"
          value={composition.backgroundColor}
          onChange={({ target }) => change({ backgroundColor: target.value }, { isTyped: true })}
          data-testid="customise-color"
        />
      </Field>
      <Field label={words.breakText}>
        <TextInput
          value={composition.standByText}
          maxLength={MAX_BREAK_TEXT}
          onChange={({ target }) => change({ standByText: target.value }, { isTyped: true })}
          data-testid="customise-break-text"
        />
      </Field>
    </div>
  );
}
