import { levelOf } from '@amphi/protocol';
import { type RoleView, useModeration, useRole, useRoom, useSession, useSessionState } from '@amphi/react';
import {
  Avatar,
  Button,
  ConfirmDialog,
  describeLevel,
  IconButton,
  isolate,
  LevelMark,
  Menu,
  MenuItem,
  MenuLabel,
  TextInput,
  useToaster,
} from '@amphi/ui';
import {
  ArrowDownToLine,
  ArrowRightLeft,
  ArrowUpFromLine,
  EllipsisVertical,
  Hand,
  Mic,
  MicOff,
  Search,
  UserX,
  Video,
  VideoOff,
} from 'lucide-react';
import { type ReactNode, useId, useMemo, useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { areGroupsEqual, groupPeople, type PeopleGroup, type Person, type RoleOffer, roleOffers } from './people.ts';
import { RaisedHands } from './raised-hands.tsx';
import { UnlistedPeople } from './unlisted-people.tsx';

/** From so many people on, a search field is worth its place. */
const SEARCH_FROM = 8;

/** Everyone in the room; those who may bring people on stage and back do it here. */
export function PeoplePanel() {
  const groups = useSessionState(groupPeople, areGroupsEqual);
  const [query, setQuery] = useState('');
  const { isLarge } = useRoom();
  const total = groups.reduce((sum, { people }) => sum + people.length, 0);
  const wanted = query.trim().toLocaleLowerCase();
  const shown = groups
    .map((group) => ({
      ...group,
      people: group.people.filter(({ name }) => name.toLocaleLowerCase().includes(wanted)),
    }))
    .filter(({ people }) => people.length > 0);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 py-3">
      {(total >= SEARCH_FROM || isLarge) && (
        <div className="px-2 pb-3">
          <TextInput
            type="search"
            aria-label="Find a person"
            placeholder="Find a person"
            prefix={<Search className="size-4" aria-hidden="true" />}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </div>
      )}
      {wanted === '' && <RaisedHands />}
      {shown.length === 0 && !isLarge && <p className="px-2 py-6 text-center text-ink-soft">Nobody has that name.</p>}
      {shown.map((group) => (
        <Group key={group.level} group={group} />
      ))}
      {isLarge && <UnlistedPeople query={query} />}
    </div>
  );
}

function Group({ group }: { readonly group: PeopleGroup }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="mb-4">
      <h3 id={id} className="flex items-center gap-2 px-2 pb-1 text-sm font-medium text-ink-soft">
        <LevelMark level={group.level} className="size-4" />
        {describeLevel(group.level).name}
        <span className="tabular-nums text-ink-faint">{group.people.length}</span>
        {group.level === 'stage' && <MuteAll people={group.people} />}
      </h3>
      <ul>
        {group.people.map((person) => (
          <PersonRow key={person.id} person={person} />
        ))}
      </ul>
    </section>
  );
}

function PersonRow({ person }: { readonly person: Person }) {
  const { can } = useRole();
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
          <bdi>{person.name || 'Somebody'}</bdi>
          {person.isSelf && <span className="font-normal text-ink-faint"> (you)</span>}
        </span>
        <bdi className="truncate text-xs text-ink-faint">{person.roleName}</bdi>
      </span>
      {person.isHandRaised && <Hand className="size-4 shrink-0 text-accent" aria-label="Hand raised" role="img" />}
      {person.level === 'stage' && (
        <span className="flex shrink-0 gap-1.5 text-ink-faint [&_svg]:size-4">
          {person.isMuted && <MicOff aria-label="Microphone off" role="img" />}
          {person.isCameraOff && <VideoOff aria-label="Camera off" role="img" />}
        </span>
      )}
      {!person.isSelf && (can('changeRole') || can('removeOthers') || can('mute') || can('unmute')) && (
        <PersonMenu person={person} />
      )}
    </li>
  );
}

/** What those who run the room can do with a person: another role, or out. */
function PersonMenu({ person }: { readonly person: Person }) {
  const session = useSession();
  const { roles, can } = useRole();
  const toaster = useToaster();
  const attempt = useAttempt();
  const [asksToRemove, setAsksToRemove] = useState(false);
  const mayMove = can('changeRole');
  const mayRemove = can('removeOthers');
  const offers = useMemo(
    () =>
      mayMove
        ? roleOffers(
            person,
            Object.values(roles).map((role) => ({ role, level: levelOf(role) })),
          )
        : [],
    [person, roles, mayMove],
  );
  const mutes = muteOffers(person, can);
  if (offers.length === 0 && !mayRemove && mutes.length === 0) return null;
  const name = person.name || 'This person';
  const give = ({ role, way }: RoleOffer): void => {
    session.changeRole(person.id, role.name, { force: way === 'move' }).then(
      () => {
        if (way === 'invite')
          toaster.show({ title: `${isolate(name)} is invited`, description: 'They decide whether to come.' });
      },
      (error: unknown) =>
        toaster.show({
          tone: 'danger',
          title: `${isolate(name)} could not be moved`,
          description: error instanceof Error ? error.message : String(error),
        }),
    );
  };
  const remove = (): void => {
    session.removePeer(person.id).catch((error: unknown) =>
      toaster.show({
        tone: 'danger',
        title: `${isolate(name)} could not be removed`,
        description: error instanceof Error ? error.message : String(error),
      }),
    );
  };
  return (
    <>
      <Menu
        trigger={
          <IconButton
            label={`Actions for ${name}`}
            tooltip={false}
            size="sm"
            icon={<EllipsisVertical />}
            data-testid="role-menu"
          />
        }
      >
        <MenuLabel>
          <bdi>{name}</bdi>
        </MenuLabel>
        {mutes.map(({ trackId, isMuted, words, icon }) => (
          <MenuItem
            key={trackId}
            icon={icon}
            onSelect={() => attempt('That did not work', session.muteTrack(trackId, isMuted))}
            data-testid={isMuted ? 'mute-person' : 'unmute-person'}
          >
            {words}
          </MenuItem>
        ))}
        {offers.map((offer) => (
          <MenuItem
            key={offer.role.name}
            icon={iconOf(person, offer)}
            onSelect={() => give(offer)}
            data-testid={`role-option-${offer.role.name}`}
          >
            {wordsOf(person, offer)}
            <span className="text-ink-faint">
              · <bdi>{offer.role.name}</bdi>
            </span>
          </MenuItem>
        ))}
        {mayRemove && (
          <MenuItem
            icon={<UserX aria-hidden="true" />}
            danger
            onSelect={() => setAsksToRemove(true)}
            data-testid="remove-person"
          >
            Remove from the room…
          </MenuItem>
        )}
      </Menu>
      <ConfirmDialog
        open={asksToRemove}
        onOpenChange={setAsksToRemove}
        title={`Remove ${isolate(name)}?`}
        description="They leave at once and are told so. With a join link they can come in again."
        confirmLabel="Remove"
        onConfirm={remove}
      />
    </>
  );
}

interface MuteOffer {
  readonly trackId: string;
  readonly isMuted: boolean;
  readonly words: string;
  readonly icon: ReactNode;
}

/** What is on can be switched off at once; what is off can be asked for. */
function muteOffers(person: Person, can: RoleView['can']): readonly MuteOffer[] {
  const devices = [
    {
      trackId: person.microphoneId,
      isOff: person.isMuted,
      mute: 'Mute',
      ask: 'Ask to unmute',
      on: <Mic />,
      off: <MicOff />,
    },
    {
      trackId: person.cameraId,
      isOff: person.isCameraOff,
      mute: 'Switch the camera off',
      ask: 'Ask to switch the camera on',
      on: <Video />,
      off: <VideoOff />,
    },
  ];
  return devices.flatMap(({ trackId, isOff, mute, ask, on, off }) => {
    if (trackId === undefined || !can(isOff ? 'unmute' : 'mute')) return [];
    return [{ trackId, isMuted: !isOff, words: isOff ? ask : mute, icon: isOff ? on : off }];
  });
}

/** Silences everybody else on stage at once. */
function MuteAll({ people }: { readonly people: readonly Person[] }) {
  const { can } = useRole();
  const { muteOthers } = useModeration();
  const attempt = useAttempt();
  if (!can('mute') || !people.some((person) => !person.isSelf && !person.isMuted)) return null;
  return (
    <Button
      size="sm"
      variant="quiet"
      icon={<MicOff aria-hidden="true" />}
      className="ml-auto"
      onClick={() => attempt('That did not work', muteOthers(true, { kind: 'audio' }))}
      data-testid="mute-all"
    >
      Mute all
    </Button>
  );
}

function wordsOf(person: Person, offer: RoleOffer): string {
  if (offer.way === 'invite') return 'Bring on stage';
  if (person.level === 'stage' && offer.level !== 'stage') return 'Move to audience';
  return 'Change role';
}

function iconOf(person: Person, offer: RoleOffer) {
  if (offer.way === 'invite') return <ArrowUpFromLine aria-hidden="true" />;
  if (person.level === 'stage' && offer.level !== 'stage') return <ArrowDownToLine aria-hidden="true" />;
  return <ArrowRightLeft aria-hidden="true" />;
}
