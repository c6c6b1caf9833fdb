import type { Role } from '@amphi/protocol';
import { Check } from 'lucide-react';

/**
 * Who hears and sees whom: a row for each who listens, a column for each who may be on stage. A column of one who sends
 * nothing would never be heard, so that there is none.
 */
export function HearingMatrix({
  roles,
  onChange,
}: {
  roles: readonly Role[];
  onChange: (listener: string, speaker: string, hears: boolean) => void;
}) {
  const speakers = roles.filter(({ publishParams }) => publishParams.allowed.length > 0);
  if (speakers.length === 0) {
    return (
      <p className="text-[0.9375rem] text-ink-soft">
        No role may send sound or pictures yet, so there is nobody to hear.
      </p>
    );
  }
  return (
    // A table wider than a phone scrolls by itself, not with the page; by keyboard, too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll container must take the focus (WCAG 2.1.1)
    <section className="-mx-1 overflow-x-auto px-1 pb-1" tabIndex={0} aria-label="Who hears and sees whom">
      <table className="border-separate border-spacing-0 text-[0.9375rem]">
        <thead>
          <tr>
            <th scope="col" className="pr-4 pb-2 text-left align-bottom text-sm font-medium text-ink-faint">
              Listens
            </th>
            {speakers.map(({ name }) => (
              <th
                key={name}
                scope="col"
                className="max-w-36 px-2 pb-2 text-center align-bottom text-sm font-medium break-words"
              >
                <bdi>{name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {roles.map((listener) => (
            <tr key={listener.name}>
              <th scope="row" className="max-w-44 border-t border-line py-1 pr-4 text-left font-medium break-words">
                <bdi>{listener.name}</bdi>
              </th>
              {speakers.map(({ name: speaker }) => (
                <td key={speaker} className="border-t border-line px-2 py-1 text-center">
                  <Cell
                    listener={listener.name}
                    speaker={speaker}
                    hears={listener.subscribeParams.subscribeToRoles.includes(speaker)}
                    onChange={(hears) => onChange(listener.name, speaker, hears)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({
  listener,
  speaker,
  hears,
  onChange,
}: {
  listener: string;
  speaker: string;
  hears: boolean;
  onChange: (hears: boolean) => void;
}) {
  return (
    <label
      className={`inline-grid size-11 place-items-center rounded-control has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-offset-1 has-[:focus-visible]:outline-focus ${
        hears ? 'bg-accent-wash text-accent' : 'text-ink-faint hover:bg-sunken'
      }`}
    >
      <input
        type="checkbox"
        className="sr-only"
        checked={hears}
        aria-label={`${listener} hears ${speaker}`}
        onChange={({ target }) => onChange(target.checked)}
        data-testid={`hears-${listener}-${speaker}`}
      />
      {hears ? (
        <Check className="size-5" strokeWidth={2.5} aria-hidden="true" />
      ) : (
        <span aria-hidden="true" className="size-1.5 rounded-full bg-line-strong" />
      )}
    </label>
  );
}
