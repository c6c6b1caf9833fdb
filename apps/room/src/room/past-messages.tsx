import { usePastToasts } from '@amphi/ui';
import { useWords } from '../words/speaking.tsx';

/** What this page has said in passing, the newest first; nothing while it has said nothing. */
export function PastMessages() {
  const words = useWords();
  const past = usePastToasts();
  if (past.length === 0) return null;
  return (
    <details className="rounded-control border border-line" data-testid="past-messages">
      <summary className="flex min-h-11 cursor-pointer items-center px-3 text-[0.9375rem] font-medium">
        {words.settings.pastMessages(past.length)}
      </summary>
      <ol className="flex flex-col gap-2.5 border-t border-line px-3 py-2.5">
        {past.map(({ key, at, title, description }) => (
          <li key={key} className="text-sm break-words">
            <p className="font-medium">
              {title} <time className="font-normal text-ink-faint">{words.format.timeOfDay(at)}</time>
            </p>
            {description !== undefined && <div className="text-ink-soft">{description}</div>}
          </li>
        ))}
      </ol>
    </details>
  );
}
