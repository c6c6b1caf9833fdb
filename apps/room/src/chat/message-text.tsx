import { textParts } from './text-parts.ts';

/** What was said, with its web addresses to be opened. */
export function MessageText({ text }: { readonly text: string }) {
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
      part.text
    ),
  );
}
