import type { RoleLook } from '@amphi/client';
import { levelOf } from '@amphi/protocol';
import { type RoleView, usePeerVolume, useRole, useSession } from '@amphi/react';
import {
  ConfirmDialog,
  IconButton,
  isolate,
  Menu,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuSeparator,
  useToaster,
} from '@amphi/ui';
import {
  ArrowDownToLine,
  ArrowRightLeft,
  ArrowUpFromLine,
  EllipsisVertical,
  Mic,
  MicOff,
  Pencil,
  UserX,
  Video,
  VideoOff,
} from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useLook } from '../look/look.tsx';
import { useAttempt, useFailureToast } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import type { Words } from '../words/words.ts';
import { type Person, type RoleOffer, roleOffers } from './people.ts';
import { RenameDialog } from './rename-dialog.tsx';

/**
 * What one can do about another: hear them louder or less; for those who run the room mute them, give them another role,
 * put them out. About oneself: another name, and another role for those who may change roles. Nothing without anything to
 * choose.
 */
export function PersonMenu({
  person,
  className,
  children,
}: {
  readonly person: Person;
  /** Of the button. */
  readonly className?: string;
  /** Items of the place where the menu stands. */
  readonly children?: ReactNode;
}) {
  const session = useSession();
  const { roles, can } = useRole();
  const words = useWords();
  const toaster = useToaster();
  const tell = useFailureToast();
  const attempt = useAttempt();
  const look = useLook();
  const [asksToRemove, setAsksToRemove] = useState(false);
  const [isRenaming, setIsRenaming] = useState(false);
  /** A role for ourselves out of which we could not bring ourselves back. */
  const [oneWay, setOneWay] = useState<RoleOffer>();
  const mayMove = can('changeRole');
  const mayRemove = can('removeOthers') && !person.isSelf;
  const offers = useMemo(
    () =>
      mayMove
        ? roleOffers(
            person,
            Object.values(roles).map((role) => ({ role, level: levelOf(role) })),
            look,
          )
        : [],
    [person, roles, mayMove, look],
  );
  const mutes = muteOffers(words, person, can);
  const isHeard = person.microphoneId !== undefined;
  if (offers.length === 0 && !mayRemove && mutes.length === 0 && !isHeard && !person.isSelf && !children) return null;
  const name = person.name || words.thisPerson;
  const give = ({ role, way }: RoleOffer): void => {
    session.changeRole(person.id, role.name, { force: way === 'move' }).then(
      () => {
        if (way === 'invite')
          toaster.show({ title: words.people.invited(isolate(name)), description: words.people.invitedHelp });
      },
      (error: unknown) => tell(words.failed.move(isolate(name)), error),
    );
  };
  const choose = (offer: RoleOffer): void => {
    if (person.isSelf && !offer.role.permissions.changeRole) setOneWay(offer);
    else give(offer);
  };
  const remove = (): void => {
    attempt(words.failed.remove(isolate(name)), session.removePeer(person.id));
  };
  return (
    <>
      <Menu
        trigger={
          <IconButton
            label={words.people.actions(isolate(name))}
            tooltip={false}
            size="sm"
            icon={<EllipsisVertical />}
            className={className}
            data-testid="role-menu"
          />
        }
      >
        <MenuLabel>
          <bdi>{name}</bdi>
        </MenuLabel>
        {children}
        {person.isSelf && (
          <MenuItem icon={<Pencil aria-hidden="true" />} onSelect={() => setIsRenaming(true)} data-testid="rename-self">
            {words.people.changeNameMore}
          </MenuItem>
        )}
        {mutes.map(({ trackId, isMuted, label, icon }) => (
          <MenuItem
            key={trackId}
            icon={icon}
            onSelect={() => attempt(words.failed.that, session.muteTrack(trackId, isMuted))}
            data-testid={isMuted ? 'mute-person' : 'unmute-person'}
          >
            {label}
          </MenuItem>
        ))}
        {offers.map((offer) => (
          <MenuItem
            key={offer.role.name}
            icon={iconOf(person, offer)}
            onSelect={() => choose(offer)}
            data-testid={`role-option-${offer.role.name}`}
          >
            {wordsOf(words, look, person, offer)}
            <span className="text-ink-faint">
              · <bdi>{offer.role.name}</bdi>
            </span>
          </MenuItem>
        ))}
        {isHeard && <VolumeChoice peerId={person.id} />}
        {mayRemove && (
          <MenuItem
            icon={<UserX aria-hidden="true" />}
            danger
            onSelect={() => setAsksToRemove(true)}
            data-testid="remove-person"
          >
            {words.people.removeMore}
          </MenuItem>
        )}
      </Menu>
      <ConfirmDialog
        open={asksToRemove}
        onOpenChange={setAsksToRemove}
        title={words.people.askRemove(isolate(name))}
        description={words.people.removeHelp}
        confirmLabel={words.people.remove}
        onConfirm={remove}
      />
      <ConfirmDialog
        open={oneWay !== undefined}
        onOpenChange={() => setOneWay(undefined)}
        title={words.people.askOneWay(isolate(oneWay?.role.name ?? ''))}
        description={words.people.oneWayHelp}
        confirmLabel={words.people.changeRole}
        onConfirm={() => oneWay && give(oneWay)}
      />
      {person.isSelf && <RenameDialog open={isRenaming} onOpenChange={setIsRenaming} />}
    </>
  );
}

const VOLUMES = [1, 0.75, 0.5, 0.25, 0] as const;

/** For our own ears. In steps, which arrow keys reach inside of a menu. */
function VolumeChoice({ peerId }: { readonly peerId: string }) {
  const words = useWords();
  const [volume, setVolume] = usePeerVolume(peerId);
  return (
    <>
      <MenuSeparator />
      <MenuRadioGroup
        label={words.people.howLoud}
        value={String(volume)}
        options={VOLUMES.map((step) => ({
          value: String(step),
          label: step === 0 ? words.people.silent : words.format.percent(step * 100),
        }))}
        onValueChange={(value) => setVolume(Number(value))}
      />
      <MenuSeparator />
    </>
  );
}

interface MuteOffer {
  readonly trackId: string;
  readonly isMuted: boolean;
  readonly label: string;
  readonly icon: ReactNode;
}

/** What is on can be switched off at once; what is off can be asked for. */
function muteOffers({ people }: Words, person: Person, can: RoleView['can']): readonly MuteOffer[] {
  const devices = [
    {
      trackId: person.microphoneId,
      isOff: person.isMuted,
      mute: people.mute,
      ask: people.askUnmute,
      on: <Mic />,
      off: <MicOff />,
    },
    {
      trackId: person.cameraId,
      isOff: person.isCameraOff,
      mute: people.cameraSwitchOff,
      ask: people.askCamera,
      on: <Video />,
      off: <VideoOff />,
    },
  ];
  return devices.flatMap(({ trackId, isOff, mute, ask, on, off }) => {
    if (trackId === undefined || !can(isOff ? 'unmute' : 'mute')) return [];
    return [{ trackId, isMuted: !isOff, label: isOff ? ask : mute, icon: isOff ? on : off }];
  });
}

function wordsOf({ people }: Words, look: RoleLook, person: Person, offer: RoleOffer): string {
  if (offer.way === 'invite') return look.bringLabel ?? people.bringOnStage;
  if (person.level === 'stage' && offer.level !== 'stage') return look.removeLabel ?? people.toAudience;
  return people.changeRole;
}

function iconOf(person: Person, offer: RoleOffer) {
  if (offer.way === 'invite') return <ArrowUpFromLine aria-hidden="true" />;
  if (person.level === 'stage' && offer.level !== 'stage') return <ArrowDownToLine aria-hidden="true" />;
  return <ArrowRightLeft aria-hidden="true" />;
}
