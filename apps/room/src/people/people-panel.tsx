import { useModeration, useRole, useRoleCounts, useRoom, useSessionState } from '@amphi/react';
import { Avatar, Button, LevelMark, TextInput } from '@amphi/ui';
import { Hand, MicOff, Search, VideoOff } from 'lucide-react';
import { useId, useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { areGroupsEqual, groupPeople, type PeoplePlace, type Person, placesOf } from './people.ts';
import { PersonMenu } from './person-menu.tsx';
import { RaisedHands } from './raised-hands.tsx';
import { UnlistedPeople } from './unlisted-people.tsx';

/** From so many people on, a search field is worth its place. */
const SEARCH_FROM = 8;

/** Everyone in the room; those who may bring people on stage and back do it here. */
export function PeoplePanel() {
  const words = useWords();
  const groups = useSessionState(groupPeople, areGroupsEqual);
  const [query, setQuery] = useState('');
  const { isLarge } = useRoom();
  const { roles } = useRole();
  const counts = useRoleCounts();
  const total = groups.reduce((sum, { people }) => sum + people.length, 0);
  const wanted = query.trim().toLocaleLowerCase();
  const found = groups.map((group) => ({
    ...group,
    people: group.people.filter(({ name }) => name.toLocaleLowerCase().includes(wanted)),
  }));
  // Of a name nobody knows how many have it.
  const shown = placesOf(found, roles, isLarge && wanted === '' ? counts : undefined);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 py-3">
      {(total >= SEARCH_FROM || isLarge) && (
        <div className="px-2 pb-3">
          <TextInput
            type="search"
            aria-label={words.people.find}
            placeholder={words.people.find}
            prefix={<Search className="size-4" aria-hidden="true" />}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </div>
      )}
      {wanted === '' && <RaisedHands />}
      {shown.length === 0 && !isLarge && <p className="px-2 py-6 text-center text-ink-soft">{words.people.nobody}</p>}
      {shown.map((place) => (
        <Place key={place.level} place={place} />
      ))}
      {isLarge && <UnlistedPeople query={query} />}
    </div>
  );
}

function Place({ place: { level, people, total, roles } }: { readonly place: PeoplePlace }) {
  const words = useWords();
  const id = useId();
  const unlisted = total - people.length;
  return (
    <section aria-labelledby={id} className="mb-4" data-testid="people-place" data-level={level}>
      <h2 id={id} className="flex items-center gap-2 px-2 pb-1 text-sm font-medium text-ink-soft">
        <LevelMark level={level} className="size-4" />
        {words.ui.levels[level].name}
        <span className="tabular-nums text-ink-faint" data-testid="place-count">
          {words.format.count(total)}
        </span>
        {level === 'stage' && <MuteAll people={people} />}
      </h2>
      {roles.length > 1 && (
        <ul className="flex flex-wrap gap-x-3 px-2 pb-1 text-xs text-ink-faint" aria-label={words.people.byRole}>
          {roles.map(([roleName, count]) => (
            <li key={roleName} data-testid="role-count">
              <bdi>{roleName}</bdi> <span className="tabular-nums">{words.format.count(count)}</span>
            </li>
          ))}
        </ul>
      )}
      <ul>
        {people.map((person) => (
          <PersonRow key={person.id} person={person} />
        ))}
      </ul>
      {unlisted > 0 && (
        <p className="px-2 py-1 text-sm text-ink-soft" data-testid="place-unlisted">
          {words.people.unlisted(unlisted)}
        </p>
      )}
    </section>
  );
}

function PersonRow({ person }: { readonly person: Person }) {
  const words = useWords();
  return (
    <li
      className="flex min-h-13 items-center gap-3 rounded-control px-2 hover:bg-sunken"
      data-testid="participant"
      data-level={person.level}
      data-role={person.roleName}
    >
      <Avatar name={person.name} size={36} />
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="truncate text-[0.9375rem] font-medium">
          <bdi>{person.name || words.somebody}</bdi>
          {person.isSelf && <span className="font-normal text-ink-faint"> {words.isYou}</span>}
        </span>
        <span className="truncate text-xs text-ink-faint">
          <bdi>{person.roleName}</bdi>
        </span>
      </span>
      {person.isHandRaised && (
        <Hand className="size-4 shrink-0 text-accent" aria-label={words.people.handRaised} role="img" />
      )}
      {person.level === 'stage' && (
        <span className="flex shrink-0 gap-1.5 text-ink-faint [&_svg]:size-4">
          {person.isMuted && <MicOff aria-label={words.people.microphoneOff} role="img" />}
          {person.isCameraOff && <VideoOff aria-label={words.people.cameraOff} role="img" />}
        </span>
      )}
      <PersonMenu person={person} />
    </li>
  );
}

/** Silences everybody else on stage at once. */
function MuteAll({ people }: { readonly people: readonly Person[] }) {
  const words = useWords();
  const { can } = useRole();
  const { muteOthers } = useModeration();
  const attempt = useAttempt();
  if (!can('mute') || !people.some((person) => !person.isSelf && !person.isMuted)) return null;
  return (
    <Button
      size="sm"
      variant="quiet"
      icon={<MicOff aria-hidden="true" />}
      className="ms-auto"
      onClick={() => attempt(words.failed.that, muteOthers(true, { kind: 'audio' }))}
      data-testid="mute-all"
    >
      {words.people.muteAll}
    </Button>
  );
}
