import { ErrorBoundary, ErrorNotice } from '@amphi/ui';
import { type ComponentType, lazy, type ReactNode, Suspense, useState } from 'react';
import { useWords } from '../words/speaking.tsx';

/** A component whose code comes when it is needed. */
export interface Late<Props extends object> {
  /** Loads once, or again after `renew`. */
  Loaded: ComponentType<Props>;
  /** One that has failed has failed for good: another is to be loaded. */
  readonly renew: () => void;
}

/** @param load of a module, or part of one, whose default is the component */
export function late<Props extends object>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
): Late<Props> {
  // What the library makes of it takes the same props.
  const make = () => lazy(load) as unknown as ComponentType<Props>;
  const part: Late<Props> = {
    Loaded: make(),
    renew: () => {
      part.Loaded = make();
    },
  };
  return part;
}

/**
 * Shows a part of the room whose code comes late. Where that cannot be had, as without a network or after the server was
 * renewed, or where the part breaks, this is said in its place with a way to try again: the room around it goes on.
 * @param props.meanwhile until its code is there
 * @param props.frameFailure frames what is said of a failure; by default it stands in the part's own place
 */
export function LatePart<Props extends object>({
  part,
  given,
  meanwhile = null,
  frameFailure = (notice) => notice,
}: {
  readonly part: Late<Props>;
  readonly given: Props;
  readonly meanwhile?: ReactNode;
  readonly frameFailure?: (notice: ReactNode) => ReactNode;
}) {
  const [, setAttempt] = useState(0);
  const { Loaded } = part;
  return (
    <ErrorBoundary
      fallback={(_error, retry) =>
        frameFailure(
          <Missing
            onRetry={() => {
              part.renew();
              setAttempt((attempt) => attempt + 1);
              retry();
            }}
          />,
        )
      }
    >
      <Suspense fallback={meanwhile}>
        <Loaded {...given} />
      </Suspense>
    </ErrorBoundary>
  );
}

function Missing({ onRetry }: { readonly onRetry: () => void }) {
  const { page } = useWords();
  return (
    <ErrorNotice
      title={page.partMissing}
      message={page.partMissingHelp}
      onRetry={onRetry}
      retryLabel={page.tryAgain}
      className="m-auto max-w-md"
      data-testid="part-missing"
    />
  );
}
