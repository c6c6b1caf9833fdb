import type { Flight } from './reactions.ts';

/** Reactions over the picture. For the eye only: read aloud they would drown everything else. */
export function FlyingReactions({ flights }: { readonly flights: readonly Flight[] }) {
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute inset-y-0 start-0 z-10 w-2/5 max-w-72 overflow-hidden"
      data-testid="reactions"
    >
      {flights.map(({ key, glyph, name, across }) => (
        <span
          key={key}
          className="absolute bottom-3 flex flex-col items-center gap-1 motion-safe:animate-fly"
          style={{ insetInlineStart: `${4 + across * 72}%` }}
          data-testid="reaction"
        >
          <span className="text-4xl leading-none">{glyph}</span>
          {name !== '' && (
            <span className="max-w-24 truncate rounded-md bg-black/65 px-1.5 py-0.5 text-xs font-medium text-white">
              <bdi>{name}</bdi>
            </span>
          )}
        </span>
      ))}
    </div>
  );
}
