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
  UserX,
  Video,
  VideoOff,
} from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { type Person, type RoleOffer, roleOffers } from './people.ts';

/**
 * What one can do about another: hear them louder or less; for those who run the room mute them, give them another role,
 * put them out. Nothing without anything to choose.
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
  const toaster = useToaster();
  const attempt = useAttempt();
  const [asksToRemove, setAsksToRemove] = useState(false);
  const mayMove = can('changeRole') && !person.isSelf;
  const mayRemove = can('removeOthers') && !person.isSelf;
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
  const isHeard = person.microphoneId !== undefined;
  if (offers.length === 0 && !mayRemove && mutes.length === 0 && !isHeard && !children) return null;
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
            className={className}
            data-testid="role-menu"
          />
        }
      >
        <MenuLabel>
          <bdi>{name}</bdi>
        </MenuLabel>
        {children}
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
        {isHeard && <VolumeChoice peerId={person.id} />}
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

const VOLUMES = [1, 0.75, 0.5, 0.25, 0] as const;

/** For our own ears. In steps, which arrow keys reach inside of a menu. */
function VolumeChoice({ peerId }: { readonly peerId: string }) {
  const [volume, setVolume] = usePeerVolume(peerId);
  return (
    <>
      <MenuSeparator />
      <MenuRadioGroup
        label="How loud you hear them"
        value={String(volume)}
        options={VOLUMES.map((step) => ({ value: String(step), label: step === 0 ? 'Silent' : `${step * 100} %` }))}
        onValueChange={(value) => setVolume(Number(value))}
      />
      <MenuSeparator />
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
