import { Avatar, classNames } from '@amphi/ui';
import { useWords } from '../words/speaking.tsx';
import type { Mentionable } from './mentions.ts';

/** Above the field: those whose names begin as what is being typed. The field keeps the focus. */
export function MentionList({
  id,
  people,
  activeIndex,
  onChoose,
}: {
  readonly id: string;
  readonly people: readonly Mentionable[];
  readonly activeIndex: number;
  readonly onChoose: (person: Mentionable) => void;
}) {
  const words = useWords();
  return (
    <div
      role="listbox"
      id={id}
      aria-label={words.chat.mention}
      className="absolute inset-x-3 bottom-full z-30 mb-1 max-h-64 overflow-y-auto rounded-control border border-line bg-raised p-1 text-ink shadow-raised"
      data-testid="mentions"
    >
      {people.map((person, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus, and says which option is the active one
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the field
        <div
          key={person.id}
          role="option"
          id={optionId(id, index)}
          aria-selected={index === activeIndex}
          // A press would take the focus from the field.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(person)}
          className={classNames(
            'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2 pointer-coarse:min-h-11',
            index === activeIndex ? 'bg-accent-wash' : 'hover:bg-sunken',
          )}
          data-testid="mention"
        >
          <Avatar name={person.name} size={26} />
          <span className="min-w-0 flex-1 truncate text-[0.9375rem]">
            <bdi>{person.name}</bdi>
          </span>
          <span className="max-w-[40%] truncate text-xs text-ink-faint">
            <bdi>{person.roleName}</bdi>
          </span>
        </div>
      ))}
    </div>
  );
}

export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}
