import { levelOf } from '@amphi/protocol';
import { useHand, useRole, useSession } from '@amphi/react';
import { Button, IconButton, isolate } from '@amphi/ui';
import { ArrowUpFromLine, Hand, X } from 'lucide-react';
import { useId } from 'react';
import { useLook } from '../look/look.tsx';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { roleOffers } from './people.ts';

/** Whose hand is up, the first to raise it first (ROOM62), for those who can bring them on stage. */
export function RaisedHands() {
  const words = useWords();
  const id = useId();
  const session = useSession();
  const { raised, lower } = useHand();
  const { can, roles } = useRole();
  const attempt = useAttempt();
  const look = useLook();
  if (!can('changeRole') || raised.length === 0) return null;
  const known = Object.values(roles).map((role) => ({ role, level: levelOf(role) }));
  return (
    <section aria-labelledby={id} className="mb-4 rounded-card bg-accent-wash px-2 py-2" data-testid="raised-hands">
      <h2 id={id} className="flex items-center gap-2 px-2 pb-1 text-sm font-medium text-accent">
        <Hand className="size-4" aria-hidden="true" />
        {words.people.raisedHands}
        <span className="tabular-nums">{words.format.count(raised.length)}</span>
      </h2>
      <ul>
        {raised.map((peer) => {
          const role = roles[peer.roleName];
          const level = role ? levelOf(role) : 'stream';
          const offer = roleOffers({ roleName: peer.roleName, level }, known, look).find(({ way }) => way === 'invite');
          const name = peer.name || words.thisPerson;
          return (
            <li key={peer.id} className="flex min-h-12 items-center gap-1 px-2">
              <span className="min-w-0 flex-1 truncate text-[0.9375rem] font-medium">
                <bdi>{peer.name || words.somebody}</bdi>
              </span>
              {offer && (
                <Button
                  size="sm"
                  variant="primary"
                  icon={<ArrowUpFromLine aria-hidden="true" />}
                  aria-label={words.people.bringNameOnStage(isolate(name))}
                  onClick={() =>
                    attempt(words.failed.invite(isolate(name)), session.changeRole(peer.id, offer.role.name))
                  }
                  data-testid="bring-on-stage"
                >
                  {look.bringLabel ?? words.people.bringOnStage}
                </Button>
              )}
              <IconButton
                label={words.people.lowerHand(isolate(name))}
                tooltip={false}
                size="sm"
                icon={<X />}
                onClick={() => attempt(words.failed.lowerHand, lower(peer.id))}
                data-testid="lower-hand"
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}
