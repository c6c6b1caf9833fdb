import { CopyButton } from '@amphi/ui';

/** An id that back ends ask for, at the end of a card's title. */
export function CopyableId({ name, id, testId }: { name: string; id: string; testId: string }) {
  return (
    <span className="-my-2 flex items-center text-sm text-ink-faint">
      <span className="mr-1.5">{name}</span>
      <code className="font-mono text-[0.8125rem] break-all">{id}</code>
      <CopyButton value={id} what={`${name.toLowerCase()} id`} variant="quiet" data-testid={testId} />
    </span>
  );
}
