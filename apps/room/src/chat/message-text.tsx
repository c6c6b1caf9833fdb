import { Fragment } from 'react';
import { placesOf } from './mentions.ts';
import { textParts } from './text-parts.ts';

/**
 * What was said, with its web addresses to be opened.
 * @param props.named our name, where the message names us
 */
export function MessageText({ text, named }: { readonly text: string; readonly named?: string | undefined }) {
  return textParts(text).map((part, index) =>
    part.kind === 'link' ? (
      <a
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never change
        key={index}
        href={part.url}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="break-all text-accent underline underline-offset-2"
      >
        {part.text}
      </a>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above
      <Fragment key={index}>{named === undefined ? part.text : <Named text={part.text} name={named} />}</Fragment>
    ),
  );
}

function Named({ text, name }: { readonly text: string; readonly name: string }) {
  const places = placesOf(text, name);
  return (
    <>
      {places.map(({ start, end }, index) => (
        <Fragment key={start}>
          {text.slice(places[index - 1]?.end ?? 0, start)}
          <mark className="rounded-sm bg-accent-fill px-0.5 font-medium text-on-accent">{text.slice(start, end)}</mark>
        </Fragment>
      ))}
      {text.slice(places.at(-1)?.end ?? 0)}
    </>
  );
}
